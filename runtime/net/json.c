#include "net/json.h"

#include "base/memory.h"
#include "base/text.h"

#include <endian.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Readers below take the place of the next byte and return the one behind what they read, or NULL
 * where the text is no JSON. */

static locale_t c_locale;

static void make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* A decimal point is a point, whatever locale a script may have set. */
static double to_double(const char *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_locale);
	return strtod_l(text, NULL, c_locale);
}

static struct json_token *add_token(struct json *json, enum json_kind kind, const char *start)
{
	if (json->count == json->capacity) {
		json->capacity = json->capacity ? 2 * json->capacity : 32;
		json->tokens = memory_resize(json->tokens, json->capacity, sizeof *json->tokens);
	}
	struct json_token *token = &json->tokens[json->count++];
	token->start = (uint32_t)(start - json->text);
	token->next = (uint32_t)json->count;
	token->size = 0;
	token->kind = (uint8_t)kind;
	token->escaped = false;
	return token;
}

static void end_token(const struct json *json, struct json_token *token, const char *end)
{
	token->end = (uint32_t)(end - json->text);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static bool stands(const char *at, const char *end, char c)
{
	return at < end && *at == c;
}

/* --- reading strings --- */

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

static bool is_hexadecimal(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Behind the backslash. */
static const char *read_escape(const char *at, const char *end)
{
	if (at == end || *at == '\0' || !strchr("\"\\/bfnrtu", *at))
		return NULL;
	if (*at != 'u')
		return at + 1;
	if (end - at < 5)
		return NULL;
	for (int i = 1; i <= 4; i++)
		if (!is_hexadecimal(at[i]))
			return NULL;
	return at + 5;
}

static const char *read_string(struct json *json, const char *at, const char *end)
{
	struct json_token *token = add_token(json, JSON_STRING, ++at);

	for (;;) {
		at = find_special(at, end);
		if (stands(at, end, '"'))
			break;
		if (!stands(at, end, '\\'))
			return NULL;
		at = read_escape(at + 1, end);
		if (!at)
			return NULL;
		token->escaped = true;
	}
	end_token(json, token, at);
	return at + 1;
}

/* --- reading numbers and words --- */

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
	if (stands(at, end, '+') || stands(at, end, '-'))
		at++;
	return read_digits(at, end);
}

/* One that is not beyond a double. A container that is still open must end behind it, so that it
 * cannot be the last thing in the text, and to_double stops at what follows. */
static const char *read_number(struct json *json, const char *at, const char *end)
{
	const char *start = at;
	struct json_token *token = add_token(json, JSON_NUMBER, at);

	if (*at == '-')
		at++;
	at = stands(at, end, '0') ? at + 1 : read_digits(at, end);
	if (at && stands(at, end, '.'))
		at = read_digits(at + 1, end);
	bool exponent = at && at < end && (*at == 'e' || *at == 'E');
	if (exponent)
		at = read_exponent(at + 1, end);
	if (!at || at == end)
		return NULL;
	if ((exponent || at - start >= 300) && !isfinite(to_double(start)))
		return NULL;
	end_token(json, token, at);
	return at;
}

static const char *read_word(
	struct json *json, enum json_kind kind, const char *word, const char *at, const char *end)
{
	size_t size = strlen(word);

	if ((size_t)(end - at) < size || memcmp(at, word, size) != 0)
		return NULL;
	end_token(json, add_token(json, kind, at), at + size);
	return at + size;
}

/* --- reading objects and arrays --- */

static const char *read_value(struct json *json, const char *at, const char *end, int depth);

static const char *read_key(struct json *json, const char *at, const char *end)
{
	if (!stands(at, end, '"'))
		return NULL;
	at = read_string(json, at, end);
	if (!at)
		return NULL;
	at = skip_blanks(at, end);
	return stands(at, end, ':') ? skip_blanks(at + 1, end) : NULL;
}

/* Up to the bracket that closes it. */
static const char *read_members(
	struct json *json, const char *at, const char *end, int depth, uint32_t *count)
{
	bool object = *at == '{';
	char close = object ? '}' : ']';

	at = skip_blanks(at + 1, end);
	if (stands(at, end, close))
		return at;
	for (*count = 1;; ++*count) {
		if (object)
			at = read_key(json, at, end);
		if (at)
			at = read_value(json, at, end, depth);
		if (!at)
			return NULL;
		at = skip_blanks(at, end);
		if (stands(at, end, close))
			return at;
		if (!stands(at, end, ','))
			return NULL;
		at = skip_blanks(at + 1, end);
	}
}

static const char *read_container(struct json *json, const char *at, const char *end, int depth)
{
	size_t index = json->count;
	uint32_t count = 0;

	if (depth == JSON_DEPTH)
		return NULL;
	add_token(json, *at == '{' ? JSON_OBJECT : JSON_ARRAY, at);
	at = read_members(json, at, end, depth + 1, &count);
	if (!at)
		return NULL;
	struct json_token *token = &json->tokens[index]; /* they may have moved meanwhile */
	token->size = count;
	token->next = (uint32_t)json->count;
	end_token(json, token, at + 1);
	return at + 1;
}

static const char *read_value(struct json *json, const char *at, const char *end, int depth)
{
	switch (at < end ? *at : '\0') {
	case '{':
	case '[':
		return read_container(json, at, end, depth);
	case '"':
		return read_string(json, at, end);
	case 't':
		return read_word(json, JSON_TRUE, "true", at, end);
	case 'f':
		return read_word(json, JSON_FALSE, "false", at, end);
	case 'n':
		return read_word(json, JSON_NULL, "null", at, end);
	default:
		return at < end ? read_number(json, at, end) : NULL;
	}
}

bool json_read(struct json *json, const char *text, size_t size)
{
	const char *end = text + size, *at = skip_blanks(text, end);

	json->text = text;
	json->count = 0;
	if (size > UINT32_MAX || !(stands(at, end, '{') || stands(at, end, '[')))
		return false;
	at = read_container(json, at, end, 0);
	return at && skip_blanks(at, end) == end;
}

void json_free(struct json *json)
{
	free(json->tokens);
	*json = (struct json){0};
}

/* --- what a string says --- */

static uint32_t hex4(const char *text)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = text[i];
		uint32_t digit = (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
		value = value << 4 | digit;
	}
	return value;
}

static bool is_half(uint32_t unit, uint32_t first)
{
	return unit >= first && unit < first + 0x400;
}

/* Appends what \uXXXX at `at` means (`at` is behind the u) and returns where to go on. */
static const char *append_unicode(
	struct buffer *out, const char *at, const char *end, size_t *replaced)
{
	uint32_t unit = hex4(at);

	at += 4;
	if (is_half(unit, 0xD800) && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
		uint32_t low = hex4(at + 2);
		if (is_half(low, 0xDC00)) {
			text_append_code_point(
				out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
			return at + 6;
		}
	}
	if (is_half(unit, 0xD800) || is_half(unit, 0xDC00))
		++*replaced;
	text_append_code_point(out, unit);
	return at;
}

static char escaped(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c; /* quote, slash, backslash: read_escape let nothing else pass */
	}
}

static size_t unescape(struct buffer *out, const char *at, const char *end)
{
	size_t replaced = 0;

	while (at < end) {
		const char *slash = memchr(at, '\\', (size_t)(end - at));
		const char *stop = slash ? slash : end;
		if (stop > at)
			replaced += text_append_utf8(out, at, (size_t)(stop - at));
		if (!slash)
			break;
		if (slash[1] == 'u') {
			at = append_unicode(out, slash + 2, end, &replaced);
		} else {
			buffer_byte(out, escaped(slash[1]));
			at = slash + 2;
		}
	}
	return replaced;
}

size_t json_string(const struct json *json, size_t token, struct buffer *scratch, const char **text,
	size_t *size)
{
	const struct json_token *string = &json->tokens[token];
	const char *start = json->text + string->start;

	*text = start;
	*size = string->end - string->start;
	if (!string->escaped && text_is_utf8(start, *size))
		return 0;
	buffer_clear(scratch);
	size_t replaced = unescape(scratch, start, start + *size);
	*text = buffer_string(scratch);
	*size = scratch->size;
	return replaced;
}

/* --- what a number says --- */

static int64_t saturated(double number)
{
	if (number >= 9223372036854775808.0)
		return INT64_MAX;
	return number < -9223372036854775808.0 ? INT64_MIN : (int64_t)number;
}

/* False when the digits are no whole number of 64 bits. */
static bool to_integer(const char *text, size_t size, int64_t *integer)
{
	bool negative = text[0] == '-';
	int64_t value = 0;

	for (size_t at = negative; at < size; at++) {
		if (text[at] < '0' || text[at] > '9')
			return false;
		int digit = text[at] - '0';
		/* downwards, since there is one more negative number */
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, digit, &value))
			return false;
	}
	if (!negative && value == INT64_MIN)
		return false;
	*integer = negative ? value : -value;
	return true;
}

bool json_number(const struct json *json, size_t token, int64_t *integer, double *number)
{
	const char *text = json->text + json->tokens[token].start;
	size_t size = json->tokens[token].end - json->tokens[token].start;

	if (to_integer(text, size, integer)) {
		*number = (double)*integer;
		return true;
	}
	*number = to_double(text);
	*integer = saturated(*number);
	return false;
}
