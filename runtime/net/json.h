/* The tokens of one JSON text, strictly checked: what jsmn lets pass (missing commas and colons,
 * half-written words, trailing bytes, NaN, numbers beyond a double, control characters) is refused,
 * and depth is bounded before anything is read. UTF-8 is mended where a string is read, not here.
 */
#ifndef BENCH_NET_JSON_H
#define BENCH_NET_JSON_H

#include "base/buffer.h"

#ifndef JSMN_PARENT_LINKS
#define JSMN_PARENT_LINKS
#endif
#ifndef JSMN_HEADER
#define JSMN_HEADER
#endif
#include <jsmn.h>

#include <stdint.h>

#define JSON_DEPTH 128

/* Zero-initialise; the memory is used again from text to text, json_free gives it back. */
struct json {
	const char *text; /* borrowed */
	size_t size;
	jsmntok_t *tokens; /* in the order of the text; tokens[0] is the object or array on top */
	size_t count, capacity;
};

/* False when the text is not one whole object or array. */
bool json_read(struct json *json, const char *text, size_t size);
void json_free(struct json *json);

/* The index of the first token behind this one and all that it holds. */
size_t json_next(const struct json *json, size_t token);

/* A string token unescaped, valid UTF-8: borrowed from the text where it stands there as it is,
 * else from `scratch`, which is overwritten. Returns how many lone surrogates and ill-formed parts
 * became U+FFFD. */
size_t json_string(const struct json *json, size_t token, struct buffer *scratch, const char **text,
	size_t *size);

/* A number token. True when it is whole and fits 64 bits: *integer is exact. Else false, and
 * *integer is the truncated, saturated value. *number is the nearest double either way. */
bool json_number(const struct json *json, size_t token, int64_t *integer, double *number);

#endif
