/* One exchange under way for a script: what http borrows meanwhile, who waits for it, the row that
 * is kept of it, the tokens that a script listens to. It outlives its host when it still
 * runs then. */
#ifndef BENCH_SCRIPT_REQUEST_H
#define BENCH_SCRIPT_REQUEST_H

#include "net/http.h"
#include "script/task.h"
#include "store/recorder.h"

struct host;
struct http_prepared;
struct tokens;

struct request {
	struct host *host; /* NULL once it went */
	struct recorder *recorder;
	struct request *next, *before; /* of those that run */
	struct exchange *exchange;
	struct http_request *running; /* http owns the exchange while this is not NULL */
	struct task_id waiting;
	task_push_fn push; /* for the one that waits */
	bool owned;        /* a userdata holds it */
	bool ending;       /* http_end was called */

	struct http_prepared *prepared; /* the exchange borrows from it; NULL: nothing */

	/* its row */
	bool recorded; /* it has a context */
	bool kept;
	struct recorder_context context;
	char *texts; /* what the context borrows */

	struct tokens *tokens; /* tokens.c; NULL: nobody listens */
};

struct request *request_new(struct host *host);
/* Ends what a userdata held: keeps the row if nobody did, frees it once it does not run
 * any more. */
void request_release(struct request *request);
/* The same request once more: the answer is forgotten, the row will be replaced. */
void request_again(struct request *request);
/* Draws the number of the row. The texts of the context are copied. */
void request_record(struct request *request, const struct recorder_context *context);
/* Its row belongs to another part of the load than the context said. */
void request_place(struct request *request, const char *phase_kind);
/* Starts it; `waiting` is woken with `push` (given the request) when it ended. */
void request_start(struct request *request, const struct http_spec *spec, struct task_id waiting,
	task_push_fn push);
/* Ends it as cut off by ourselves: running, or before it started. */
void request_cut(struct request *request, const char *message);
/* It was planned and is turned away: the row says so, without a start. */
void request_drop(struct request *request, const char *message);
/* Gives the row to the recorder. */
void request_keep(struct request *request);

void requests_new(struct host *host);
/* Ends what runs; those requests free themselves when http reports them. */
void requests_free(struct host *host);
/* Running now (tests: 0 at the end). */
size_t requests_running(const struct host *host);

#endif
