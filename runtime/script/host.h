/* A Lua state: libraries, search path, limits, traceback. Two kinds: a scenario's, sandboxed, on a
 * loop; and a trusted one for the commands, which a scenario never sees. */
#ifndef BENCH_SCRIPT_HOST_H
#define BENCH_SCRIPT_HOST_H

#include "base/error.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/mail.h"
#include "store/recorder.h"

#include <lua.h>

/* One of the processes that a run is made by. */
struct host_worker {
	int index, count;   /* 0 .. count - 1 */
	int mail;           /* a socket to whoever started it, who passes on what it says */
	const char *folder; /* what they all may write to */
};

/* Everything that is pointed to is borrowed until host_free. */
struct host_settings {
	struct loop *loop;         /* NULL: nothing can wait */
	struct http *http;         /* NULL: no network */
	struct recorder *recorder; /* NULL: nothing is kept (help, probe) */
	struct store *store;       /* for the trusted kind */
	uint64_t memory_limit;     /* bytes; 0: none */
	int64_t time_limit_ns;     /* without yielding; 0: none */
	int64_t origin_ns;         /* start of the run */
	bool trusted;
	bool kernel_stamps; /* what stamp_self_test said */

	const struct host_worker *worker; /* NULL: the only one */

	const char *options_json; /* what options_json() wrote, for core.options; NULL: none */

	/* The scenario file as it is, for core.source; NULL where there is none. */
	const char *script_text;
	size_t script_size;
	const char *script_path; /* as the user wrote it; names it in messages */
	bool script_embedded;    /* a ready one: it has no folder to read from */
	bool script_foreign;     /* of a run of somebody else: neither has it */

	/* For tests: an allocator that may fail, and a full collection at every wake-up. */
	lua_Alloc allocate; /* NULL: the C library's */
	void *allocate_context;
	bool collect_often;
};

/* NULL with words: a memory limit too small for the libraries, or a broken library. */
struct host *host_new(const struct host_settings *settings, struct error *error);
/* Ends what runs and closes the state. Requests that still run are ended as incomplete; their rows
 * are given to the recorder when http reports them, at the latest in http_free: free the host, then
 * http, then finish the recorder. */
void host_free(struct host *host);
/* Facts about this machine and the libraries, as one JSON object; its digest is the
 * machine's name. */
void host_facts(struct buffer *out);
lua_State *host_state(struct host *host);
struct host *host_of(lua_State *L);
const struct host_settings *host_settings(const struct host *host);

/* Calls a function of an embedded module, without arguments, in a protected call on the main state;
 * an integer result goes to *result where that is not NULL. In a trusted host only. The error has
 * the traceback. */
bool host_call(struct host *host, const char *module, const char *function, int64_t *result,
	struct error *error);
/* The same as a task on the loop; done is called, from the loop, when it returned, failed or was
 * dropped (then from host_free). The error is NULL when it returned. */
typedef void (*host_done_fn)(void *context, int64_t result, const struct error *error);
void host_start(struct host *host, const char *module, const char *function, host_done_fn done,
	void *context);

/* "sky_blue.lua:14" of what ran last, from any thread; may be a little old. "" before a
 * script ran. */
void host_last_line(const struct host *host, char *out, size_t size);
/* The same of what runs now, for the last words of a process: see limit_ask_line. */
void host_ask_line(struct host *host, char *out, size_t size);

#endif
