#include "sim/sim_json.h"

#include "base/memory.h"
#include "base/text.h"

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 128
#define TOKENS_MAX 4000000

struct sim_json {
	const char *text;
	size_t size;
	jsmntok_t *tokens;
	int count;
};

/* jsmn finds tokens; it takes missing commas and any word for a value. This reads the bytes between
 * the tokens and the words themselves. */
struct check {
	const struct sim_json *json;
	size_t at;
	int index;
};

static void skip_space(struct check *check)
{
	const char *text = check->json->text;
	while (check->at < check->json->size && strchr(" \t\r\n", text[check->at]) && text[check->at])
		check->at++;
}

static bool expect(struct check *check, char byte)
{
	skip_space(check);
	if (check->at >= check->json->size || check->json->text[check->at] != byte)
		return false;
	check->at++;
	return true;
}

static size_t digits(const char *text, size_t size)
{
	size_t count = 0;
	while (count < size && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

static bool is_number(const char *text, size_t size)
{
	size_t at = size && text[0] == '-' ? 1 : 0;
	size_t whole = digits(text + at, size - at);
	if (!whole || (whole > 1 && text[at] == '0'))
		return false;
	at += whole;
	if (at < size && text[at] == '.') {
		size_t fraction = digits(text + at + 1, size - at - 1);
		if (!fraction)
			return false;
		at += 1 + fraction;
	}
	if (at < size && (text[at] == 'e' || text[at] == 'E')) {
		at++;
		if (at < size && (text[at] == '+' || text[at] == '-'))
			at++;
		size_t exponent = digits(text + at, size - at);
		if (!exponent)
			return false;
		at += exponent;
	}
	return at == size;
}

static bool is_word(const char *text, size_t size)
{
	return (size == 4 && memcmp(text, "true", 4) == 0) ||
		(size == 5 && memcmp(text, "false", 5) == 0) ||
		(size == 4 && memcmp(text, "null", 4) == 0);
}

static bool check_plain(struct check *check, const jsmntok_t *token)
{
	const char *text = check->json->text + token->start;
	size_t size = (size_t)(token->end - token->start);
	if (token->type == JSMN_PRIMITIVE) {
		check->at = (size_t)token->end;
		return is_word(text, size) || is_number(text, size);
	}
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < 0x20)
			return false;
	check->at = (size_t)token->end + 1;
	return true;
}

static bool check_value(struct check *check, int depth);

static bool check_container(struct check *check, const jsmntok_t *token, int depth)
{
	check->at = (size_t)token->start + 1;
	for (int i = 0; i < token->size; i++) {
		if (i && !expect(check, ','))
			return false;
		if (token->type == JSMN_OBJECT) {
			const jsmntok_t *key = &check->json->tokens[check->index];
			if (key->type != JSMN_STRING || key->size != 1)
				return false;
			if (!check_value(check, depth + 1) || !expect(check, ':'))
				return false;
		}
		if (!check_value(check, depth + 1))
			return false;
	}
	return expect(check, token->type == JSMN_OBJECT ? '}' : ']') &&
		check->at == (size_t)token->end;
}

static bool check_value(struct check *check, int depth)
{
	if (check->index >= check->json->count || depth > DEPTH_MAX)
		return false;
	const jsmntok_t *token = &check->json->tokens[check->index++];
	size_t start = (size_t)token->start - (token->type == JSMN_STRING ? 1 : 0);
	skip_space(check);
	if (check->at != start)
		return false;
	if (token->type == JSMN_STRING || token->type == JSMN_PRIMITIVE)
		return check_plain(check, token);
	return check_container(check, token, depth);
}

static bool check_document(const struct sim_json *json, size_t *offset)
{
	struct check check = {.json = json};
	bool good = check_value(&check, 0) && check.index == json->count;
	skip_space(&check);
	*offset = check.at;
	return good && check.at == json->size;
}

struct sim_json *sim_json_parse(const char *text, size_t size, size_t *offset)
{
	jsmn_parser parser;
	jsmn_init(&parser);
	int count = jsmn_parse(&parser, text, size, NULL, 0);
	*offset = parser.pos;
	if (count <= 0 || count > TOKENS_MAX || !text_is_utf8(text, size))
		return NULL;
	struct sim_json *json = memory_new(sizeof *json);
	json->text = text;
	json->size = size;
	json->tokens = memory_resize(NULL, (size_t)count, sizeof *json->tokens);
	jsmn_init(&parser);
	json->count = jsmn_parse(&parser, text, size, json->tokens, (unsigned)count);
	*offset = parser.pos;
	if (json->count == count && check_document(json, offset))
		return json;
	sim_json_free(json);
	return NULL;
}

void sim_json_free(struct sim_json *json)
{
	if (!json)
		return;
	free(json->tokens);
	free(json);
}

enum sim_json_type sim_json_type(const struct sim_json *json, int value)
{
	if (value < 0)
		return SIM_JSON_ABSENT;
	const jsmntok_t *token = &json->tokens[value];
	if (token->type == JSMN_OBJECT)
		return SIM_JSON_OBJECT;
	if (token->type == JSMN_ARRAY)
		return SIM_JSON_ARRAY;
	if (token->type == JSMN_STRING)
		return SIM_JSON_STRING;
	switch (json->text[token->start]) {
	case 'n':
		return SIM_JSON_NULL;
	case 't':
	case 'f':
		return SIM_JSON_BOOLEAN;
	default:
		return SIM_JSON_NUMBER;
	}
}

/* The token after a value and all that is in it. */
static int after(const struct sim_json *json, int value)
{
	int end = json->tokens[value].end;
	int next = value + 1;
	while (next < json->count && json->tokens[next].start < end)
		next++;
	return next;
}

int sim_json_first(const struct sim_json *json, int container)
{
	if (sim_json_type(json, container) != SIM_JSON_ARRAY || json->tokens[container].size == 0)
		return -1;
	return container + 1;
}

int sim_json_next(const struct sim_json *json, int element)
{
	if (element < 0)
		return -1;
	int next = after(json, element);
	bool sibling = next < json->count &&
		json->tokens[next].parent == json->tokens[element].parent;
	return sibling ? next : -1;
}

void sim_json_members(const struct sim_json *json, int object,
	void (*fn)(void *context, int key, int value), void *context)
{
	if (sim_json_type(json, object) != SIM_JSON_OBJECT)
		return;
	int key = object + 1;
	for (int i = 0; i < json->tokens[object].size; i++) {
		fn(context, key, key + 1);
		key = after(json, key + 1);
	}
}

struct search {
	const struct sim_json *json;
	const char *key;
	int found;
};

static void compare_key(void *context, int key, int value)
{
	struct search *search = context;
	const jsmntok_t *token = &search->json->tokens[key];
	size_t size = (size_t)(token->end - token->start);
	if (size == strlen(search->key) &&
		memcmp(search->json->text + token->start, search->key, size) == 0)
		search->found = value;
}

int sim_json_member(const struct sim_json *json, int object, const char *key)
{
	struct search search = {.json = json, .key = key, .found = -1};
	sim_json_members(json, object, compare_key, &search);
	return search.found;
}

bool sim_json_truth(const struct sim_json *json, int value, bool absent)
{
	if (sim_json_type(json, value) != SIM_JSON_BOOLEAN)
		return absent;
	return json->text[json->tokens[value].start] == 't';
}

double sim_json_number(const struct sim_json *json, int value, double absent)
{
	if (sim_json_type(json, value) != SIM_JSON_NUMBER)
		return absent;
	char text[64];
	const jsmntok_t *token = &json->tokens[value];
	snprintf(text, sizeof text, "%.*s", token->end - token->start, json->text + token->start);
	return strtod(text, NULL);
}

int64_t sim_json_integer(const struct sim_json *json, int value, int64_t absent)
{
	double number = sim_json_number(json, value, (double)absent);
	if (sim_json_type(json, value) != SIM_JSON_NUMBER)
		return absent;
	if (number >= 9e18 || number <= -9e18)
		return number > 0 ? INT64_MAX : INT64_MIN;
	if (fabs(number) < 9e15)
		return (int64_t)number;
	return strtoll(json->text + json->tokens[value].start, NULL, 10);
}

static uint32_t read_hex(const char *text)
{
	char digits_of[5] = {text[0], text[1], text[2], text[3], 0};
	return (uint32_t)strtoul(digits_of, NULL, 16);
}

/* Appends the \uXXXX at text (its 'u'); the bytes used, a second half included. */
static size_t append_escape(struct buffer *out, const char *text, size_t size)
{
	uint32_t unit = read_hex(text + 1);
	bool high = unit >= 0xD800 && unit < 0xDC00;
	if (high && size >= 11 && text[5] == '\\' && text[6] == 'u') {
		uint32_t low = read_hex(text + 7);
		if (low >= 0xDC00 && low < 0xE000) {
			text_append_code_point(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
			return 11;
		}
	}
	text_append_code_point(out, unit);
	return 5;
}

bool sim_json_append_text(const struct sim_json *json, int value, struct buffer *out)
{
	if (sim_json_type(json, value) != SIM_JSON_STRING)
		return false;
	static const char names[] = "bfnrt";
	static const char bytes[] = "\b\f\n\r\t";
	const char *at = json->text + json->tokens[value].start;
	const char *end = json->text + json->tokens[value].end;
	while (at < end) {
		const char *escape = memchr(at, '\\', (size_t)(end - at));
		buffer_append(out, at, (size_t)((escape ? escape : end) - at));
		if (!escape)
			break;
		at = escape + 1;
		const char *name = strchr(names, *at);
		if (*at == 'u') {
			at += append_escape(out, at, (size_t)(end - at));
		} else {
			buffer_byte(out, name ? bytes[name - names] : *at);
			at++;
		}
	}
	return true;
}

char *sim_json_text(const struct sim_json *json, int value)
{
	struct buffer out;
	buffer_init(&out, BUFFER_UNLIMITED);
	if (!sim_json_append_text(json, value, &out))
		return NULL;
	return buffer_detach(&out, NULL);
}

const char *sim_json_raw(const struct sim_json *json, int value, size_t *size)
{
	const jsmntok_t *token = &json->tokens[value];
	int quote = token->type == JSMN_STRING ? 1 : 0;
	*size = (size_t)(token->end - token->start + 2 * quote);
	return json->text + token->start - quote;
}

static void append_special(struct buffer *out, unsigned char byte)
{
	static const char names[] = "btnfr\"\\";
	static const char bytes[] = "\b\t\n\f\r\"\\";
	const char *found = strchr(bytes, byte);
	if (byte && found)
		buffer_format(out, "\\%c", names[found - bytes]);
	else
		buffer_format(out, "\\u%04x", byte);
}

void sim_json_string(struct buffer *out, const char *text, size_t size, bool html)
{
	buffer_byte(out, '"');
	size_t plain = 0;
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];
		bool special = byte < 0x20 || byte == '"' || byte == '\\' ||
			(html && (byte == '<' || byte == '>' || byte == '&'));
		if (!special)
			continue;
		buffer_append(out, text + plain, i - plain);
		append_special(out, byte);
		plain = i + 1;
	}
	buffer_append(out, text + plain, size - plain);
	buffer_byte(out, '"');
}

void sim_json_double(struct buffer *out, double number)
{
	char text[40];
	int digits_needed = 15;
	do {
		snprintf(text, sizeof text, "%.*g", digits_needed, number);
	} while (digits_needed++ < 17 && strtod(text, NULL) != number);
	buffer_text(out, text);
	if (!strpbrk(text, ".en"))
		buffer_text(out, ".0");
}
