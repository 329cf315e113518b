#include "net/json_scalar.h"

#include "base/memory.h"
#include "base/text.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Readers below take the place of the next byte and return the one behind what they read, or NULL
 * where the text is no JSON. */

static struct json_token *add_token(struct json *json, enum json_kind kind, const char *start)
{
	json->tokens =
		memory_grown(json->tokens, json->count, &json->capacity, sizeof *json->tokens);
	struct json_token *token = &json->tokens[json->count++];
	token->start = (uint32_t)(start - json->text);
	token->next = (uint32_t)json->count;
	token->size = 0;
	token->kind = (uint8_t)kind;
	token->escaped = false;
	return token;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && text_is_blank(*at))
		at++;
	return at;
}

static const char *read_no_number(struct json *json, const char *at, const char *end)
{
	static const char *const words[] = {"NaN", "Infinity", "-Infinity"};
	for (size_t i = 0; json->lenient && i < sizeof words / sizeof *words; i++) {
		size_t size = strlen(words[i]);
		if ((size_t)(end - at) < size || memcmp(at, words[i], size) != 0)
			continue;
		json->no_numbers++;
		return at + size;
	}
	return NULL;
}

static const char *read_scalar(struct json *json, const char *at, const char *end)
{
	enum json_kind kind;
	bool escaped;
	const char *stop = json_read_scalar(at, end, json->lenient, &kind, &escaped);
	if (stop == NULL) {
		stop = read_no_number(json, at, end);
		kind = JSON_NULL;
	}
	if (stop == NULL)
		return NULL;
	bool quoted = kind == JSON_STRING;
	struct json_token *token = add_token(json, kind, at + quoted);
	token->end = (uint32_t)(stop - json->text);
	token->escaped = escaped;
	return stop + quoted;
}

static const char *read_container(struct json *json, const char *at, const char *end, int depth);

static const char *read_value(struct json *json, const char *at, const char *end, int depth)
{
	bool container = json_stands(at, end, '{') || json_stands(at, end, '[');
	return container ? read_container(json, at, end, depth) : read_scalar(json, at, end);
}

static const char *read_key(struct json *json, const char *at, const char *end)
{
	if (!json_stands(at, end, '"'))
		return NULL;
	at = read_scalar(json, at, end);
	if (at == NULL)
		return NULL;
	json->tokens[json->count - 1].size = 1;
	at = skip_blanks(at, end);
	return json_stands(at, end, ':') ? skip_blanks(at + 1, end) : NULL;
}

/* Up to the bracket that closes it. */
static const char *read_members(
	struct json *json, const char *at, const char *end, int depth, uint32_t *count)
{
	bool object = *at == '{';
	char close = object ? '}' : ']';
	at = skip_blanks(at + 1, end);
	if (json_stands(at, end, close))
		return at;
	for (*count = 1;; ++*count) {
		if (object)
			at = read_key(json, at, end);
		if (at != NULL)
			at = read_value(json, at, end, depth);
		if (at == NULL)
			return NULL;
		at = skip_blanks(at, end);
		if (json_stands(at, end, close))
			return at;
		if (!json_stands(at, end, ','))
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
	if (at == NULL)
		return NULL;
	struct json_token *token = &json->tokens[index]; /* they may have moved meanwhile */
	token->end = (uint32_t)(at + 1 - json->text);
	token->next = (uint32_t)json->count;
	token->size = count;
	return at + 1;
}

/* The object or array that a text begins with. */
static const char *read_first(struct json *json, const char *text, size_t size)
{
	const char *end = text + size, *at = skip_blanks(text, end);
	json->text = text;
	json->size = size;
	json->count = json->no_numbers = 0;
	if (size > UINT32_MAX || !(json_stands(at, end, '{') || json_stands(at, end, '[')))
		return NULL;
	return read_container(json, at, end, 0);
}

bool json_read(struct json *json, const char *text, size_t size)
{
	const char *end = text + size, *at = read_first(json, text, size);
	return at != NULL && skip_blanks(at, end) == end;
}

size_t json_first_size(const char *text, size_t size)
{
	struct json json = {.lenient = true};
	const char *at = read_first(&json, text, size);
	json_free(&json);
	return at != NULL ? (size_t)(at - text) : 0;
}

bool json_is_cut(const char *text, size_t size)
{
	bool quoted = false;
	int depth = 0;
	const char *end = text + size, *start = skip_blanks(text, end);
	for (const char *at = start; at < end; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (quoted)
			at += *at == '\\';
		else
			depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
	}
	return (json_stands(start, end, '{') || json_stands(start, end, '[')) &&
	       (quoted || depth > 0);
}

void json_free(struct json *json)
{
	free(json->tokens);
	*json = (struct json){0};
}

/* --- a text like the one before --- */

/* How many bytes of both are the same. */
static size_t common_size(const char *a, const char *b, size_t size)
{
	uint64_t left, right;
	size_t at = 0;
	for (; size - at >= sizeof left; at += sizeof left) {
		memcpy(&left, a + at, sizeof left);
		memcpy(&right, b + at, sizeof right);
		if (left != right)
			return at + (size_t)__builtin_ctzll(le64toh(left ^ right)) / 8;
	}
	while (at < size && a[at] == b[at])
		at++;
	return at;
}

/* The scalar that the byte at `at`, or that before it, belongs to, looking from `token` on; the
 * count of tokens where it belongs to a key or to the structure. */
static size_t scalar_at(const struct json *json, size_t token, size_t at)
{
	while (token < json->count && json->tokens[token].start <= at) {
		const struct json_token *scalar = &json->tokens[token];
		if (scalar->kind >= JSON_STRING && scalar->size == 0 && scalar->end >= at)
			return token;
		token++;
	}
	return json->count;
}

/* A scalar that says nothing where another place says something. */
static bool is_empty(enum json_kind kind, const char *at, const char *stop)
{
	return stop == at || (kind == JSON_NUMBER && stop - at == 1 && *at == '0');
}

bool json_is_empty(const struct json *json, const struct json_token *token)
{
	return token->kind >= JSON_STRING &&
	       is_empty(token->kind, json->text + token->start, json->text + token->end);
}

/* Reads what stands instead of a token, beginning at `at`. */
static const char *read_change(const struct json *json, size_t index, const char *at,
	const char *end, struct json_changes *changes, size_t change)
{
	const struct json_token *token = &json->tokens[index];
	enum json_kind kind;
	bool escaped, quoted = token->kind == JSON_STRING;
	const char *stop = json_read_scalar(at - quoted, end, json->lenient, &kind, &escaped);
	if (stop == NULL || kind != token->kind ||
		is_empty(kind, at, stop) != json_is_empty(json, token))
		return NULL;
	int64_t before = change > 0 ? changes->list[change - 1].shift : 0;
	int64_t longer = (stop - at) - (int64_t)(token->end - token->start);
	changes->list[change] = (struct json_change){
		(uint32_t)index, token->end, (int32_t)(before + longer), escaped};
	return stop;
}

/* The difference is mostly in the same scalars as the last time. */
static bool changed_again(
	const struct json *json, const char *at, const char *end, struct json_changes *changes)
{
	size_t old = 0;
	for (size_t i = 0; i < changes->count; i++) {
		const struct json_token *token = &json->tokens[changes->list[i].token];
		size_t stretch = token->start - old;
		if ((size_t)(end - at) < stretch || memcmp(json->text + old, at, stretch) != 0)
			return false;
		at = read_change(json, changes->list[i].token, at + stretch, end, changes, i);
		if (at == NULL)
			return false;
		old = token->end;
	}
	size_t rest = json->size - old;
	return (size_t)(end - at) == rest && memcmp(json->text + old, at, rest) == 0;
}

static bool find_changes(
	const struct json *json, const char *at, const char *end, struct json_changes *changes)
{
	size_t old = 0, token = 0;
	for (changes->count = 0;; changes->count++) {
		size_t left = (size_t)(end - at), old_left = json->size - old;
		size_t same = common_size(json->text + old, at, left < old_left ? left : old_left);
		if (same == left && same == old_left)
			return true;
		token = scalar_at(json, token, old + same);
		if (token == json->count || changes->count == JSON_CHANGES)
			return false;
		at = read_change(json, token, at + json->tokens[token].start - old, end, changes,
			changes->count);
		if (at == NULL)
			return false;
		old = json->tokens[token++].end;
	}
}

bool json_is_alike(
	const struct json *json, const char *text, size_t size, struct json_changes *changes)
{
	if (size > INT32_MAX || json->size > INT32_MAX)
		return false;
	return changed_again(json, text, text + size, changes) ||
	       find_changes(json, text, text + size, changes);
}
