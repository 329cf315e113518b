/* All of jsmn is compiled in here; everyone else sees its tokens only. */
#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "net/json.h"

#include "base/memory.h"
#include "base/text.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* --- before jsmn: depth, control characters, and how many tokens there can be --- */

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* The end of the string that begins at `at`, behind its closing quote; 0 when there is none. */
static size_t skip_string(const char *text, size_t size, size_t at)
{
	at++;
	while (at < size) {
		while (at < size && is_plain(text[at]))
			at++;
		if (at == size || (unsigned char)text[at] < 0x20)
			return 0;
		if (text[at] == '"')
			return at + 1;
		at += 2;
	}
	return 0;
}

/* Every token but the first follows one of { [ , : so that their number bounds the tokens of any
 * valid text. jsmn's work grows with depth times tokens, hence the bound on depth comes first. */
static bool survey(const char *text, size_t size, size_t *tokens)
{
	size_t depth = 0, at = 0;

	*tokens = 1;
	while (at < size) {
		char c = text[at];
		if (c == '"') {
			at = skip_string(text, size, at);
			if (at == 0)
				return false;
			continue;
		}
		at++;
		if (c == '\0')
			return false;
		if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH)
				return false;
			++*tokens;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		} else if (c == ',' || c == ':') {
			++*tokens;
		}
	}
	return true;
}

/* --- after jsmn: words, numbers and structure --- */

static size_t digits(const char *text, size_t size, size_t at)
{
	while (at < size && text[at] >= '0' && text[at] <= '9')
		at++;
	return at;
}

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

/* Whole, and not beyond a double. What follows the token in the text is no part of a number. */
static bool is_number(const char *text, size_t size)
{
	size_t at = text[0] == '-';
	size_t first = at;

	at = digits(text, size, at);
	if (at == first || (text[first] == '0' && at > first + 1))
		return false;
	if (at < size && text[at] == '.') {
		size_t fraction = at + 1;
		at = digits(text, size, fraction);
		if (at == fraction)
			return false;
	}
	bool exponent = at < size && (text[at] == 'e' || text[at] == 'E');
	if (exponent) {
		at++;
		if (at < size && (text[at] == '+' || text[at] == '-'))
			at++;
		size_t power = at;
		at = digits(text, size, at);
		if (at == power)
			return false;
	}
	if (at != size)
		return false;
	return (!exponent && size < 300) || isfinite(to_double(text));
}

static bool is_word(const char *text, size_t size, const char *word)
{
	return size == strlen(word) && memcmp(text, word, size) == 0;
}

static bool is_primitive(const char *text, size_t size)
{
	if (*text == 't')
		return is_word(text, size, "true");
	if (*text == 'f')
		return is_word(text, size, "false");
	if (*text == 'n')
		return is_word(text, size, "null");
	return is_number(text, size);
}

enum expectation {
	EXPECT_VALUE,
	EXPECT_VALUE_OR_END,
	EXPECT_KEY,
	EXPECT_KEY_OR_END,
	EXPECT_COLON,
	EXPECT_COMMA_OR_END,
	EXPECT_NOTHING
};

struct grammar {
	const struct json *json;
	size_t at, token; /* the next byte and the next token */
	enum expectation expect;
	size_t depth;
	bool objects[JSON_DEPTH]; /* is the container on this level an object? */
};

static bool wants_value(const struct grammar *grammar)
{
	return grammar->expect == EXPECT_VALUE || grammar->expect == EXPECT_VALUE_OR_END;
}

static void after_value(struct grammar *grammar)
{
	grammar->expect = grammar->depth ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
}

static bool open_container(struct grammar *grammar, bool object)
{
	if (!wants_value(grammar) || grammar->depth == JSON_DEPTH)
		return false;
	grammar->objects[grammar->depth++] = object;
	grammar->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
	grammar->token++;
	grammar->at++;
	return true;
}

static bool close_container(struct grammar *grammar, bool object)
{
	enum expectation empty = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;

	if (grammar->depth == 0 || grammar->objects[grammar->depth - 1] != object)
		return false;
	if (grammar->expect != EXPECT_COMMA_OR_END && grammar->expect != empty)
		return false;
	grammar->depth--;
	grammar->at++;
	after_value(grammar);
	return true;
}

static bool separator(struct grammar *grammar, char c)
{
	if (c == ':') {
		if (grammar->expect != EXPECT_COLON)
			return false;
		grammar->expect = EXPECT_VALUE;
	} else {
		if (grammar->expect != EXPECT_COMMA_OR_END)
			return false;
		grammar->expect = grammar->objects[grammar->depth - 1] ? EXPECT_KEY : EXPECT_VALUE;
	}
	grammar->at++;
	return true;
}

static bool scalar(struct grammar *grammar, bool string)
{
	const struct json *json = grammar->json;

	if (grammar->token == json->count)
		return false;
	const jsmntok_t *token = &json->tokens[grammar->token++];
	grammar->at = (size_t)token->end + string;
	if (string && (grammar->expect == EXPECT_KEY || grammar->expect == EXPECT_KEY_OR_END)) {
		grammar->expect = EXPECT_COLON;
		return true;
	}
	if (!wants_value(grammar))
		return false;
	after_value(grammar);
	return string ||
	       is_primitive(json->text + token->start, (size_t)(token->end - token->start));
}

static bool step(struct grammar *grammar, char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		grammar->at++;
		return true;
	case '{':
	case '[':
		return open_container(grammar, c == '{');
	case '}':
	case ']':
		return close_container(grammar, c == '}');
	case ':':
	case ',':
		return separator(grammar, c);
	default:
		return scalar(grammar, c == '"');
	}
}

static bool structure_holds(const struct json *json)
{
	struct grammar grammar = {.json = json, .expect = EXPECT_VALUE};

	while (grammar.at < json->size)
		if (!step(&grammar, json->text[grammar.at]))
			return false;
	return grammar.expect == EXPECT_NOTHING;
}

static void reserve(struct json *json, size_t tokens)
{
	if (tokens <= json->capacity)
		return;
	json->tokens = memory_resize(json->tokens, tokens, sizeof *json->tokens);
	json->capacity = tokens;
}

bool json_read(struct json *json, const char *text, size_t size)
{
	size_t tokens;

	json->text = text;
	json->size = size;
	json->count = 0;
	if (size > INT_MAX - 1 || !survey(text, size, &tokens))
		return false;
	reserve(json, tokens);
	jsmn_parser parser;
	jsmn_init(&parser);
	if (jsmn_parse(&parser, text, size, json->tokens, (unsigned)tokens) < 1)
		return false;
	json->count = parser.toknext;
	jsmntype_t top = json->tokens[0].type;
	return (top == JSMN_OBJECT || top == JSMN_ARRAY) && structure_holds(json);
}

void json_free(struct json *json)
{
	free(json->tokens);
	*json = (struct json){0};
}

size_t json_next(const struct json *json, size_t token)
{
	int end = json->tokens[token].end;

	do
		token++;
	while (token < json->count && json->tokens[token].start < end);
	return token;
}

/* --- strings --- */

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
		return c; /* quote, slash, backslash: jsmn let nothing else pass */
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
	const char *start = json->text + json->tokens[token].start;

	*text = start;
	*size = (size_t)(json->tokens[token].end - json->tokens[token].start);
	if (!memchr(start, '\\', *size) && text_is_utf8(start, *size))
		return 0;
	buffer_clear(scratch);
	size_t replaced = unescape(scratch, start, start + *size);
	*text = buffer_string(scratch);
	*size = scratch->size;
	return replaced;
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

bool json_number(const struct json *json, size_t token, int64_t *integer, double *number)
{
	const char *text = json->text + json->tokens[token].start;
	size_t size = (size_t)(json->tokens[token].end - json->tokens[token].start);

	if (to_integer(text, size, integer)) {
		*number = (double)*integer;
		return true;
	}
	*number = to_double(text);
	*integer = saturated(*number);
	return false;
}
