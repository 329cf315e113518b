#include "sim/sim_json.h"

#include "base/decimal.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sim_json {
	struct json tokens;
};

struct sim_json *sim_json_parse(const char *text, size_t size)
{
	struct sim_json *json = memory_new(sizeof *json);
	if (text_is_utf8(text, size) && json_read(&json->tokens, text, size))
		return json;
	sim_json_free(json);
	return NULL;
}

void sim_json_free(struct sim_json *json)
{
	if (json == NULL)
		return;
	json_free(&json->tokens);
	free(json);
}

static const struct json_token *token_of(const struct sim_json *json, int value)
{
	return &json->tokens.tokens[value];
}

enum sim_json_type sim_json_type(const struct sim_json *json, int value)
{
	if (value < 0)
		return SIM_JSON_ABSENT;
	switch (token_of(json, value)->kind) {
	case JSON_OBJECT:
		return SIM_JSON_OBJECT;
	case JSON_ARRAY:
		return SIM_JSON_ARRAY;
	case JSON_STRING:
		return SIM_JSON_STRING;
	case JSON_NUMBER:
		return SIM_JSON_NUMBER;
	case JSON_NULL:
		return SIM_JSON_NULL;
	default:
		return SIM_JSON_BOOLEAN;
	}
}

int sim_json_first(const struct sim_json *json, int container)
{
	if (sim_json_type(json, container) != SIM_JSON_ARRAY ||
		token_of(json, container)->size == 0)
		return -1;
	return container + 1;
}

int sim_json_next(const struct sim_json *json, int element)
{
	if (element < 0)
		return -1;
	const struct json_token *token = token_of(json, element);
	const char *behind = json->tokens.text + token->end + (token->kind == JSON_STRING);
	behind += strspn(behind, " \t\r\n"); /* up to a comma or the bracket that closes it */
	return *behind == ',' ? (int)token->next : -1;
}

void sim_json_members(const struct sim_json *json, int object,
	void (*fn)(void *context, int key, int value), void *context)
{
	if (sim_json_type(json, object) != SIM_JSON_OBJECT)
		return;
	int key = object + 1;
	for (uint32_t i = 0; i < token_of(json, object)->size; i++) {
		fn(context, key, key + 1);
		key = (int)token_of(json, key + 1)->next;
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
	const struct json_token *token = token_of(search->json, key);
	size_t size = token->end - token->start;
	if (size == strlen(search->key) &&
		memcmp(search->json->tokens.text + token->start, search->key, size) == 0)
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
	return token_of(json, value)->kind == JSON_TRUE;
}

double sim_json_number(const struct sim_json *json, int value, double absent)
{
	int64_t integer = 0;
	double number = absent;
	if (sim_json_type(json, value) == SIM_JSON_NUMBER)
		json_number(json->tokens.text, token_of(json, value), &integer, &number);
	return isfinite(number) ? number : absent;
}

int64_t sim_json_integer(const struct sim_json *json, int value, int64_t absent)
{
	int64_t integer = absent;
	double number = 0;
	if (sim_json_type(json, value) == SIM_JSON_NUMBER)
		json_number(json->tokens.text, token_of(json, value), &integer, &number);
	return integer;
}

bool sim_json_append_text(const struct sim_json *json, int value, struct buffer *out)
{
	if (sim_json_type(json, value) != SIM_JSON_STRING)
		return false;
	struct buffer scratch = BUFFER_EMPTY;
	const char *text = NULL;
	size_t size = 0;
	json_string(json->tokens.text, token_of(json, value), &scratch, &text, &size);
	buffer_append(out, text, size);
	buffer_free(&scratch);
	return true;
}

char *sim_json_text(const struct sim_json *json, int value)
{
	struct buffer out = BUFFER_EMPTY;
	if (!sim_json_append_text(json, value, &out))
		return NULL;
	return buffer_detach(&out, NULL);
}

const char *sim_json_raw(const struct sim_json *json, int value, size_t *size)
{
	const struct json_token *token = token_of(json, value);
	int quote = token->kind == JSON_STRING ? 1 : 0;
	*size = token->end - token->start + (quote ? 2 : 0);
	return json->tokens.text + token->start - quote;
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
		text_append_escaped(out, text[i]);
		plain = i + 1;
	}
	buffer_append(out, text + plain, size - plain);
	buffer_byte(out, '"');
}

void sim_json_words(struct buffer *out, const char *text, bool html)
{
	if (text != NULL)
		sim_json_string(out, text, strlen(text), html);
	else
		buffer_text(out, "null");
}

void sim_json_buffer(struct buffer *out, const struct buffer *text, bool html)
{
	sim_json_string(out, buffer_string(text), text->size, html);
}

void sim_json_double(struct buffer *out, double number)
{
	char text[DECIMAL_SIZE];
	decimal_shortest(number, text);
	buffer_text(out, text);
	if (strpbrk(text, ".en") == NULL)
		buffer_text(out, ".0");
}
