/* For tests of the recorder: a run that goes on, and answered requests that are given to it. */
#ifndef BENCH_UNIT_RECORDING_H
#define BENCH_UNIT_RECORDING_H

#include "kept.h"

#include "base/clock.h"
#include "store/recorder_internal.h"

#include <time.h>

static inline struct recorder *recording_start_with(const char *path, bool keep_text)
{
	struct error error = {0};
	const struct recorder_run run = {.scenario = "case",
		.script_text = "-- a script",
		.script_path = "case.lua",
		.options_json = "{}",
		.label = "nightly",
		.command_line = "bench run case.lua",
		.seed = 42,
		.keep_text = keep_text,
		.origin_ns = clock_now_ns(),
		.machine_json = "{\"cores\":2,\"cpu\":\"a cpu\",\"memory\":1024}"};
	struct recorder *recorder = recorder_start(path, &run, &error);
	if (recorder == NULL)
		fail_msg("%s", error.message);
	return recorder;
}

static inline struct recorder *recording_start(const char *path)
{
	return recording_start_with(path, true);
}

static inline void recording_finish(struct recorder *recorder, const char *status)
{
	struct error error = {0};
	if (!recorder_finish(recorder, status, &error))
		fail_msg("%s", error.message);
}

/* Waits until all that was given is written; false with an error where some of it could not be. */
static inline bool recording_flush(struct recorder *recorder, struct error *error)
{
	while (atomic_load(&recorder->queued) > 0) {
		recorder_write_soon(recorder);
		nanosleep(&(struct timespec){.tv_nsec = CLOCK_MS_NS}, NULL);
	}
	pthread_mutex_lock(&recorder->lock);
	bool ok = !recorder->failed;
	if (!ok && error != NULL)
		*error = recorder->error;
	pthread_mutex_unlock(&recorder->lock);
	return ok;
}

static inline struct recorder_context recording_context(int64_t seq)
{
	return (struct recorder_context){.seq = seq,
		.backend = 1,
		.phase_kind = "measure",
		.call = "chat",
		.round = 1,
		.user = EXCHANGE_NONE};
}

static inline struct exchange *recording_answered(void)
{
	struct exchange *exchange = kept_exchange(clock_now_ns());
	kept_event(exchange, 100 * MS, 1, CHANNEL_CONTENT);
	kept_event(exchange, 120 * MS, 1, CHANNEL_CONTENT);
	kept_answer(exchange, "an answer", "stop");
	kept_end(exchange, 130 * MS, 2);
	return exchange;
}

/* Takes the exchange. */
static inline void recording_give(struct recorder *recorder, int64_t seq, struct exchange *exchange)
{
	struct recorder_context context = recording_context(seq);
	recorder_request(recorder, &context, exchange);
	exchange_free(exchange);
}

#endif
