#include "script/request.h"

#include "base/clock.h"
#include "base/memory.h"
#include "script/bind/http_prepared.h"
#include "script/state.h"
#include "script/tokens.h"

#include <stdlib.h>
#include <string.h>

/* How often the recorder is asked whether it wants snapshots, how long a turn gives them, and how
 * long it has to write some before it is given more. */
#define LOOK_NS (200 * CLOCK_MS_NS)
#define SNAPSHOTS_NS (CLOCK_MS_NS / 2)
#define WRITE_NS (5 * CLOCK_MS_NS)

struct requests {
	struct host *host;
	struct request *first;
	struct request *snapshot; /* the next one to copy for the recorder; NULL: none */
	size_t running;
	int64_t last_number;
	struct loop_timer look; /* armed while requests run that are recorded */
};

static void give_snapshot(struct request *request, struct recorder *recorder)
{
	const struct exchange *exchange = request->exchange;
	recorder_request(recorder, &request->context, exchange);
	request->context.given = true;
	request->context.events_given = exchange->event_count;
}

/* A copy of each request that runs, as many as fit between two looks at the network and into what
 * the recorder may hold of them. Returns when to go on. */
static int64_t give_snapshots(struct requests *requests, struct recorder *recorder)
{
	int64_t now_ns = clock_now_ns(), until_ns = now_ns + SNAPSHOTS_NS;
	while (requests->snapshot != NULL && now_ns < until_ns && !recorder_is_behind(recorder)) {
		struct request *request = requests->snapshot;
		requests->snapshot = request->next;
		if (request->recorded)
			give_snapshot(request, recorder);
		now_ns = clock_now_ns();
	}
	if (requests->snapshot != NULL && now_ns >= until_ns)
		return now_ns;
	recorder_write_soon(recorder);
	return now_ns + (requests->snapshot != NULL ? WRITE_NS : LOOK_NS);
}

static void look(void *context)
{
	struct requests *requests = context;
	const struct host_settings *settings = &requests->host->settings;
	if (requests->first == NULL)
		return;
	int64_t next_ns = clock_now_ns() + LOOK_NS;
	if (requests->snapshot == NULL && recorder_wants_snapshots(settings->recorder))
		requests->snapshot = requests->first;
	if (requests->snapshot != NULL)
		next_ns = give_snapshots(requests, settings->recorder);
	loop_timer_set(settings->loop, &requests->look, next_ns);
}

static void link_running(struct request *request)
{
	struct requests *requests = request->host->requests;
	request->before = NULL;
	request->next = requests->first;
	if (requests->first != NULL)
		requests->first->before = request;
	requests->first = request;
	requests->running++;
	if (request->recorded && requests->look.position == 0)
		loop_timer_set(
			request->host->settings.loop, &requests->look, clock_now_ns() + LOOK_NS);
}

static void unlink_running(struct request *request)
{
	if (request->host == NULL)
		return;
	struct requests *requests = request->host->requests;
	if (requests->snapshot == request)
		requests->snapshot = request->next;
	if (request->before != NULL)
		request->before->next = request->next;
	else
		requests->first = request->next;
	if (request->next != NULL)
		request->next->before = request->before;
	requests->running--;
}

struct request *request_new(struct host *host)
{
	struct request *request = memory_new(sizeof *request);
	request->host = host;
	request->recorder = host->settings.recorder;
	request->exchange = exchange_new();
	request->owned = true;
	return request;
}

static void free_request(struct request *request)
{
	exchange_free(request->exchange);
	http_prepared_release(request->prepared);
	free(request->texts);
	tokens_free(request->tokens);
	free(request);
}

void request_release(struct request *request)
{
	if (request == NULL)
		return;
	request->owned = false;
	if (request->running != NULL)
		return;
	request_keep(request);
	free_request(request);
}

void request_again(struct request *request)
{
	exchange_retry(request->exchange);
	request->kept = false;
	request->ending = false;
	tokens_free(request->tokens);
	request->tokens = NULL;
}

/* What the context says, in a block of our own. */
static void own_texts(struct request *request)
{
	struct recorder_context *context = &request->context;
	const char **const texts[] = {&context->phase_kind, &context->call, &context->label,
		&context->prompt, &context->not_applied, &context->cache};
	size_t size = 0;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		size += *texts[i] != NULL ? strlen(*texts[i]) + 1 : 0;
	char *block = memory_resize(NULL, size, 1), *at = block;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (*texts[i] == NULL)
			continue;
		size = strlen(*texts[i]) + 1;
		*texts[i] = memcpy(at, *texts[i], size);
		at += size;
	}
	free(request->texts);
	request->texts = block;
}

void request_record(struct request *request, const struct recorder_context *context)
{
	int64_t number = request->context.seq;
	if (number == 0)
		number = ++request->host->requests->last_number;
	request->context = *context;
	request->context.seq = number;
	own_texts(request);
	request->recorded = request->recorder != NULL;
}

void request_place(struct request *request, const char *phase_kind)
{
	request->context.phase_kind = phase_kind;
	own_texts(request);
}

void request_keep(struct request *request)
{
	if (!request->recorded || request->kept || request->exchange->t_start == EXCHANGE_NONE)
		return;
	request->kept = true;
	recorder_request(request->recorder, &request->context, request->exchange);
}

static void finished(void *context, struct exchange *exchange)
{
	struct request *request = context;
	unlink_running(request);
	request->running = NULL;
	request->exchange = exchange;
	if (request->host != NULL)
		tokens_deliver_later(request->tokens);
	if (request->owned)
		task_wake(request->host, request->waiting, request->push, request);
	else
		request_release(request);
}

void request_start(struct request *request, const struct http_spec *spec, struct task_id waiting,
	task_push_fn push)
{
	request->waiting = waiting;
	request->push = push;
	request->running = http_start(
		request->host->settings.http, spec, request->exchange, finished, request);
	link_running(request);
}

/* Nothing went out: it begins and ends now, and leaves no row but that of an attempt before. */
static void end_unstarted(struct request *request, const char *message)
{
	int64_t now = clock_now_ns();
	if (request->exchange->t_start == EXCHANGE_NONE)
		exchange_start(request->exchange, now);
	exchange_fail(request->exchange, OUTCOME_INCOMPLETE, "client_limit", "%s", message);
	exchange_end(request->exchange, END_NONE, NULL, now);
}

void request_cut(struct request *request, const char *message)
{
	if (request->running == NULL) {
		end_unstarted(request, message);
	} else if (!request->ending) {
		request->ending = true;
		http_end(request->running, OUTCOME_INCOMPLETE, "client_limit", message);
	}
}

void request_drop(struct request *request, const char *message)
{
	exchange_fail(request->exchange, OUTCOME_DROPPED, "", "%s", message);
	request->context.call = NULL; /* nobody knows what it would have been */
	request->kept = true;
	if (request->recorded)
		recorder_request(request->recorder, &request->context, request->exchange);
}

void requests_new(struct host *host)
{
	struct requests *requests = memory_new(sizeof *requests);
	requests->host = host;
	requests->look = (struct loop_timer){.fn = look, .context = requests};
	host->requests = requests;
}

void requests_free(struct host *host)
{
	struct requests *requests = host->requests;
	if (requests->look.position != 0)
		loop_timer_clear(host->settings.loop, &requests->look);
	struct request *next;
	for (struct request *request = requests->first; request != NULL; request = next) {
		next = request->next;
		request->host = NULL;
		tokens_free(request->tokens);
		request->tokens = NULL;
		exchange_on_token(request->exchange, NULL, NULL);
		request_cut(request, "the run ended");
	}
	free(requests);
	host->requests = NULL;
}

size_t requests_running(const struct host *host)
{
	return host->requests->running;
}
