/* The tokens of one JSON text, read and checked in one pass: RFC 8259 to the letter, but that a
 * depth beyond JSON_DEPTH is refused. UTF-8 is mended where a string is read, not here. */
#ifndef BENCH_NET_JSON_H
#define BENCH_NET_JSON_H

#include "base/buffer.h"

#include <stdint.h>

#define JSON_DEPTH 128

enum json_kind {
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL
};

struct json_token {
	uint32_t start, end; /* bytes of the text; of a string without its quotes */
	uint32_t next;       /* the first token behind this one and all that it holds */
	uint32_t size;       /* members of an object, elements of an array, values of a key: 1 */
	uint8_t kind;        /* enum json_kind */
	bool escaped;        /* the string has a backslash */
};

/* Zero-initialise; the memory is used again from text to text, json_free gives it back. */
struct json {
	const char *text; /* borrowed */
	size_t size;
	/* in the order of the text, a key before its value; tokens[0] is the object or array
	 * on top */
	struct json_token *tokens;
	size_t count, capacity;
	/* What servers write and no JSON has: control characters stand in strings as they are, and
	 * NaN, Infinity and -Infinity are read as null; how many of these there were in the text
	 * read last */
	bool lenient;
	size_t no_numbers;
};

/* False when the text is not one whole object or array. */
bool json_read(struct json *json, const char *text, size_t size);
void json_free(struct json *json);
/* The bytes of the object or array that a text begins with, whatever stands behind it; 0 where
 * there is no whole one. */
size_t json_first_size(const char *text, size_t size);
/* Whether a text that could not be read begins an object or array and ends within a string or
 * before its last bracket: there was to be more of it. */
bool json_is_cut(const char *text, size_t size);

/* Where a text differs from one that was read before: in no more than this many scalars. */
#define JSON_CHANGES 16
struct json_changes {
	size_t count;
	struct json_change {
		uint32_t token;
		uint32_t end;  /* of the scalar, where it was */
		int32_t shift; /* from there on, in bytes: this change and those before it */
		bool escaped;  /* it is a string that has a backslash now */
	} list[JSON_CHANGES];
};

/* An empty string or a 0. */
bool json_is_empty(const struct json *json, const struct json_token *token);

/* Whether a text is the one that `json` was read from (successfully), but for what its scalars say:
 * the same structure, keys, blanks and kinds of scalars, and empty ones where these were. Most
 * messages of a stream are, and comparing is much faster than reading. `changes` comes in as it was
 * left by the last call with this `json`, zero-initialised for the first. */
bool json_is_alike(
	const struct json *json, const char *text, size_t size, struct json_changes *changes);

/* Where a token stands in the text that is alike. */
static inline struct json_token json_moved(
	const struct json_token *token, const struct json_changes *changes)
{
	struct json_token moved = *token;
	for (size_t i = 0; i < changes->count && changes->list[i].end <= token->end; i++) {
		const struct json_change *change = &changes->list[i];
		moved.end = token->end + (uint32_t)change->shift;
		if (change->end < token->start)
			moved.start = token->start + (uint32_t)change->shift;
		else if (change->end == token->end)
			moved.escaped = change->escaped;
	}
	return moved;
}

/* A string token unescaped, valid UTF-8 (U+FFFD for lone surrogates and ill-formed parts): borrowed
 * from the text where it stands there as it is, else from `scratch`, which is overwritten. */
void json_string(const char *json, const struct json_token *token, struct buffer *scratch,
	const char **text, size_t *size);

/* The lone halves of a surrogate pair with which a string token begins (a low one) and ends (a high
 * one), 0 for none: texts are cut between two. */
struct json_halves {
	uint16_t low, high;
};
struct json_halves json_halves(const char *json, const struct json_token *token);

/* A number token. True when it is whole and fits 64 bits: *integer is exact. Else false, and
 * *integer is the truncated, saturated value. *number is the nearest double either way, an infinity
 * for one beyond all. */
bool json_number(
	const char *json, const struct json_token *token, int64_t *integer, double *number);

#endif
