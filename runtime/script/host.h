/* A Lua state: libraries, search path, limits, traceback. Two kinds: a scenario's, sandboxed, on a
 * loop; and a trusted one for the commands, which a scenario never sees. */
#ifndef BENCH_SCRIPT_HOST_H
#define BENCH_SCRIPT_HOST_H

#include "base/error.h"
#include "net/http.h"
#include "net/loop.h"
#include "store/recorder.h"

#include <lua.h>

struct host_settings {
	struct loop *loop;         /* NULL: nothing can wait */
	struct http *http;
	struct recorder *recorder; /* NULL: nothing is kept (help, probe) */
	struct store *store;       /* for the trusted kind */
	size_t memory_limit;       /* bytes; 0: none */
	int64_t time_limit_ns;     /* without yielding; 0: none */
	int64_t origin_ns;         /* start of the run */
	bool trusted;
};

struct host *host_new(const struct host_settings *settings, struct error *error);
void host_free(struct host *host); /* ends what runs, closes the state */
lua_State *host_state(struct host *host);
struct host *host_of(lua_State *L);
const struct host_settings *host_settings(const struct host *host);

/* Calls NAME's field `function` of embedded module `module` with one argument table built by `push`
 * (may be NULL) in a protected call on the main state; an integer result goes to *result. In a trusted
 * host only. The error has the traceback. */
bool host_call(struct host *host, const char *module, const char *function,
	int (*push)(lua_State *L, void *context), void *context, int64_t *result,
	struct error *error);
/* The same as a task on the loop; done is called when it returned, failed or was dropped. The error is
 * NULL when it returned. */
typedef void (*host_done_fn)(void *context, int64_t result, const struct error *error);
void host_start(struct host *host, const char *module, const char *function,
	int (*push)(lua_State *L, void *context), void *context, host_done_fn done,
	void *done_context);

/* "sky_blue.lua:14" of what runs now, for the watchdog; from any thread, may be a little old. */
void host_last_line(const struct host *host, char *out, size_t size);

#endif
