/* What many requests have in common, read from Lua once: how the server is asked, and what is to be
 * made of its answer. */
#ifndef BENCH_SCRIPT_BIND_HTTP_PREPARED_H
#define BENCH_SCRIPT_BIND_HTTP_PREPARED_H

#include "net/http.h"

#include <lua.h>

struct http_prepared {
	size_t users;          /* a userdata, and each request that was made of it */
	struct http_spec spec; /* without body and lane; its texts belong to this */
	char **headers; /* NULL-terminated; on the heap, since a secret must be no Lua string */
	size_t header_count;

	struct bind_plan *plan; /* NULL: none */
	enum frames_kind framing;
	bool wants_tokens, keep_body, stream;
	int64_t answers;
};

/* core.http.prepare(fields). */
int http_prepared_new(lua_State *L);
/* Pushes the userdata: what the table at index has as `prepared`, or one of its own fields. */
struct http_prepared *http_prepared_push(lua_State *L, int index);
/* The exchange is to make of its answer what was prepared. */
void http_prepared_apply(const struct http_prepared *prepared, struct exchange *exchange);
void http_prepared_release(struct http_prepared *prepared); /* takes NULL */

#endif
