/* Reads the body of a request (net/json.h, by name) and writes the pieces of an answer. */
#ifndef BENCH_SIM_SIM_JSON_H
#define BENCH_SIM_SIM_JSON_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_json_type {
	SIM_JSON_ABSENT,
	SIM_JSON_NULL,
	SIM_JSON_BOOLEAN,
	SIM_JSON_NUMBER,
	SIM_JSON_STRING,
	SIM_JSON_ARRAY,
	SIM_JSON_OBJECT
};

struct sim_json;
/* NULL when text is no JSON object or array, or no UTF-8. Borrows text. */
struct sim_json *sim_json_parse(const char *text, size_t size);
void sim_json_free(struct sim_json *json);

/* Values are numbers; 0 is the document, -1 what is not there. Every function takes -1. */
enum sim_json_type sim_json_type(const struct sim_json *json, int value);
int sim_json_member(const struct sim_json *json, int object, const char *key);
int sim_json_first(const struct sim_json *json, int container); /* of an array; -1 when empty */
int sim_json_next(const struct sim_json *json, int element);    /* -1 after the last */
/* Calls fn for each member of an object: key and value. */
void sim_json_members(const struct sim_json *json, int object,
	void (*fn)(void *context, int key, int value), void *context);
bool sim_json_truth(const struct sim_json *json, int value, bool absent);
double sim_json_number(const struct sim_json *json, int value, double absent);
int64_t sim_json_integer(const struct sim_json *json, int value, int64_t absent);
/* Appends the decoded text of a string; nothing and false for anything else. */
bool sim_json_append_text(const struct sim_json *json, int value, struct buffer *out);
/* A copy of the decoded text, NULL when it is no string. */
char *sim_json_text(const struct sim_json *json, int value);
/* The value as it stands in the document. */
const char *sim_json_raw(const struct sim_json *json, int value, size_t *size);

/* Appends a JSON string with its quotes. With html, <, > and & are escaped as Go does. */
void sim_json_string(struct buffer *out, const char *text, size_t size, bool html);
void sim_json_words(struct buffer *out, const char *text, bool html); /* NULL: null */
void sim_json_buffer(struct buffer *out, const struct buffer *text, bool html);
/* The shortest decimal that reads back the same, never without a fraction: 0.0, 31.5. */
void sim_json_double(struct buffer *out, double number);

#endif
