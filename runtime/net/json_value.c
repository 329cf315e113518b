/* What the strings and numbers of a JSON text say. */
#include "net/json_scalar.h"

#include "base/text.h"

#include <string.h>

/* --- strings --- */

static uint32_t hex4(const char *text)
{
	uint32_t value = 0;
	for (int i = 0; i < 4; i++)
		value = value << 4 | (uint32_t)text_hex_digit(text[i]);
	return value;
}

static bool is_half(uint32_t unit, uint32_t first)
{
	return unit >= first && unit < first + 0x400;
}

/* Appends what \uXXXX at `at` means (`at` is behind the u) and returns where to go on. */
static const char *append_unicode(struct buffer *out, const char *at, const char *end)
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
		return c; /* quote, slash, backslash: the reader let nothing else pass */
	}
}

static void unescape(struct buffer *out, const char *at, const char *end)
{
	while (at < end) {
		const char *slash = memchr(at, '\\', (size_t)(end - at));
		const char *stop = slash != NULL ? slash : end;
		if (stop > at)
			text_append_utf8(out, at, (size_t)(stop - at));
		if (slash == NULL)
			break;
		if (slash[1] == 'u') {
			at = append_unicode(out, slash + 2, end);
		} else {
			buffer_byte(out, escaped(slash[1]));
			at = slash + 2;
		}
	}
}

void json_string(const char *json, const struct json_token *token, struct buffer *scratch,
	const char **text, size_t *size)
{
	const char *start = json + token->start;
	*text = start;
	*size = token->end - token->start;
	if (!token->escaped && text_is_utf8(start, *size))
		return;
	buffer_clear(scratch);
	unescape(scratch, start, start + *size);
	*text = buffer_string(scratch);
	*size = scratch->size;
}

/* The \uXXXX at `at` where it is such a half, else 0. */
static uint16_t half_at(const char *at, uint32_t first)
{
	uint32_t unit = at[0] == '\\' && at[1] == 'u' ? hex4(at + 2) : 0;
	return is_half(unit, first) ? (uint16_t)unit : 0;
}

static bool is_escape(const char *start, const char *slash)
{
	size_t slashes = 0;
	while (slash > start && slash[-1] == '\\') {
		slashes++;
		slash--;
	}
	return slashes % 2 == 0;
}

struct json_halves json_halves(const char *json, const struct json_token *token)
{
	const size_t size = sizeof "\\uXXXX" - 1;
	const char *start = json + token->start, *end = json + token->end;
	struct json_halves halves = {0};
	if (!token->escaped || (size_t)(end - start) < size)
		return halves;
	halves.low = half_at(start, 0xDC00);
	if (is_escape(start, end - size))
		halves.high = half_at(end - size, 0xD800);
	return halves;
}

/* --- numbers --- */

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

bool json_number(const char *json, const struct json_token *token, int64_t *integer, double *number)
{
	const char *text = json + token->start;
	size_t size = token->end - token->start;
	if (to_integer(text, size, integer)) {
		*number = (double)*integer;
		return true;
	}
	*number = json_to_double(text);
	*integer = saturated(*number);
	return false;
}
