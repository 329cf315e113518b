/* What can be read of an exchange, by name. */
#ifndef BENCH_SCRIPT_BIND_EXCHANGE_FIELDS_H
#define BENCH_SCRIPT_BIND_EXCHANGE_FIELDS_H

#include "script/request.h"

#include <lua.h>

/* How a field is read: text in an array or words in a buffer, nil where empty; bytes as they are.
 * Times are given in seconds: a span, or since t0. */
enum exchange_kind {
	FIELD_TEXT,
	FIELD_WORDS,
	FIELD_BYTES,
	FIELD_COUNT,
	FIELD_SPAN,
	FIELD_SINCE_START,
	FIELD_FLAG,
	FIELD_PLAIN_INT,
	FIELD_NUMBER, /* of its row */
	FIELD_FUNCTION
};

struct exchange_field {
	const char *name;
	enum exchange_kind kind;
	size_t offset;
	void (*push)(lua_State *L, const struct exchange *exchange);
};

const struct exchange_field *exchange_find_field(const char *name); /* NULL: no such field */
void exchange_push_field(
	lua_State *L, const struct request *request, const struct exchange_field *field);
/* Seconds from t0 to t_ns, nil where one of them is not known. */
void exchange_push_since_start(lua_State *L, const struct exchange *exchange, int64_t t_ns);

#endif
