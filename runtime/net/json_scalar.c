/* Readers take the place of the next byte and return the one behind what they read, or NULL where
 * the text is no JSON. */
#include "net/json_scalar.h"

#include "base/text.h"

#include <endian.h>
#include <locale.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* --- strings --- */

#define EVERY_BYTE UINT64_C(0x0101010101010101)

/* Marks with its highest bit each byte that is below `bound` (at most 128). Right up to the first
 * that is marked; a borrow may mark the bytes behind it. */
static uint64_t below(uint64_t bytes, uint64_t bound)
{
	return (bytes - EVERY_BYTE * bound) & ~bytes & EVERY_BYTE << 7;
}

/* The next byte that means something in a string: a quote, a backslash, or a control character. */
static const char *find_special(const char *at, const char *end)
{
	uint64_t eight;
	for (; end - at >= (ptrdiff_t)sizeof eight; at += sizeof eight) {
		memcpy(&eight, at, sizeof eight);
		eight = le64toh(eight);
		uint64_t found = below(eight, 0x20) | below(eight ^ EVERY_BYTE * '"', 1) |
				 below(eight ^ EVERY_BYTE * '\\', 1);
		if (found)
			return at + __builtin_ctzll(found) / 8;
	}
	while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
		at++;
	return at;
}

/* Behind the backslash. */
static const char *read_escape(const char *at, const char *end)
{
	if (at == end || *at == '\0' || strchr("\"\\/bfnrtu", *at) == NULL)
		return NULL;
	if (*at != 'u')
		return at + 1;
	if (end - at < 5)
		return NULL;
	for (int i = 1; i <= 4; i++)
		if (text_hex_digit(at[i]) < 0)
			return NULL;
	return at + 5;
}

/* Behind the quote that opens it, up to the one that closes it. */
static const char *read_string(const char *at, const char *end, bool lenient, bool *escaped)
{
	for (;;) {
		at = find_special(at, end);
		if (at == end || *at == '"')
			return at == end ? NULL : at;
		if (*at != '\\' && !lenient)
			return NULL;
		if (*at != '\\') {
			at++;
			continue;
		}
		at = read_escape(at + 1, end);
		if (at == NULL)
			return NULL;
		*escaped = true;
	}
}

/* --- numbers and words --- */

static locale_t c_locale;

static void make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

double json_to_double(const char *number)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_locale);
	return strtod_l(number, NULL, c_locale);
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/* At least one digit. */
static const char *read_digits(const char *at, const char *end)
{
	const char *behind = skip_digits(at, end);
	return behind == at ? NULL : behind;
}

static const char *read_exponent(const char *at, const char *end)
{
	if (json_stands(at, end, '+') || json_stands(at, end, '-'))
		at++;
	return read_digits(at, end);
}

/* A container that is still open must end behind it, so that it cannot be the last thing in the
 * text, and json_to_double stops at what follows. */
static const char *read_number(const char *at, const char *end)
{
	if (*at == '-')
		at++;
	at = json_stands(at, end, '0') ? at + 1 : read_digits(at, end);
	if (at != NULL && json_stands(at, end, '.'))
		at = read_digits(at + 1, end);
	if (at != NULL && (json_stands(at, end, 'e') || json_stands(at, end, 'E')))
		at = read_exponent(at + 1, end);
	return at == end ? NULL : at;
}

static const char *read_word(const char *at, const char *end, const char *word)
{
	size_t size = strlen(word);
	return (size_t)(end - at) >= size && memcmp(at, word, size) == 0 ? at + size : NULL;
}

const char *json_read_scalar(
	const char *at, const char *end, bool lenient, enum json_kind *kind, bool *escaped)
{
	*escaped = false;
	switch (at < end ? *at : '\0') {
	case '"':
		*kind = JSON_STRING;
		return read_string(at + 1, end, lenient, escaped);
	case 't':
		*kind = JSON_TRUE;
		return read_word(at, end, "true");
	case 'f':
		*kind = JSON_FALSE;
		return read_word(at, end, "false");
	case 'n':
		*kind = JSON_NULL;
		return read_word(at, end, "null");
	default:
		*kind = JSON_NUMBER;
		return at < end ? read_number(at, end) : NULL;
	}
}
