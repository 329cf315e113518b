/* Streams of the cases, written as the cases write them, fed to an exchange. Times are ms
 * after t0. */
#ifndef BENCH_UNIT_STREAMS_H
#define BENCH_UNIT_STREAMS_H

#include "unit.h"

#include "base/memory.h"
#include "net/exchange.h"
#include "plans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DELTA(index, delta, finish, rest)                                                          \
	"data: {\"choices\":[{\"index\":" #index ",\"delta\":" delta ",\"finish_reason\":" finish  \
	"}]" rest "}\n\n"
#define USAGE(prompt, output)                                                                      \
	"\"usage\":{\"prompt_tokens\":" #prompt ",\"completion_tokens\":" #output "}"
#define ROLE DELTA(0, "{\"role\":\"assistant\",\"content\":\"\"}", "null", "")
#define X(delta) DELTA(0, delta, "null", "")
#define C(text) DELTA(0, "{\"content\":\"" text "\"}", "null", "")
#define CI(text, index) DELTA(index, "{\"content\":\"" text "\"}", "null", "")
#define CU(text, prompt, output)                                                                   \
	DELTA(0, "{\"content\":\"" text "\"}", "null", "," USAGE(prompt, output))
#define F(reason) DELTA(0, "{}", "\"" reason "\"", "")
#define FI(reason, index) DELTA(index, "{}", "\"" reason "\"", "")
#define FU(reason, prompt, output) DELTA(0, "{}", "\"" reason "\"", "," USAGE(prompt, output))
#define U(prompt, output) "data: {\"choices\":[]," USAGE(prompt, output) "}\n\n"
#define D "data: [DONE]\n\n"
#define ENGINE_DIED                                                                                \
	"data: {\"error\":{\"message\":\"engine "                                                  \
	"died\",\"type\":\"InternalServerError\",\"code\":500}}\n\n"
#define O(text)                                                                                    \
	"{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":"          \
	"\"assistant\","                                                                           \
	"\"content\":\"" text "\"},\"done\":false}\n"
#define OF(fields)                                                                                 \
	"{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":"          \
	"\"assistant\","                                                                           \
	"\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"" fields "}\n"

#define MS(n) ((int64_t)(n)*1000000)
#define T0 MS(1000) /* t0 on the test's clock */

struct send {
	int ms;
	const char *bytes;
};

static struct exchange *begin(enum dialect dialect)
{
	static const char *const failed[] = {"abort", "error", NULL};
	struct exchange *exchange = exchange_new();
	bool ollama = dialect == DIALECT_OLLAMA;

	exchange->plan = plan_of(dialect);
	exchange->done_text = ollama ? NULL : "[DONE]";
	exchange->failed_finish = failed;
	exchange->wants_tokens = exchange->stream = true;
	exchange->framing = ollama ? FRAMES_LINES : FRAMES_SSE;
	exchange_start(exchange, T0);
	return exchange;
}

static inline void head(struct exchange *exchange, long status, const char *type)
{
	if (type)
		exchange_header(exchange, "Content-Type", type);
	exchange_headers_done(exchange, status, T0 + MS(1));
}

/* One read, in memory of exactly this size. */
static bool put(
	struct exchange *exchange, int64_t t_ns, const char *data, size_t size, uint64_t read)
{
	struct stamp stamp = {T0 + t_ns, true};
	char *copy = memory_new(size);

	memcpy(copy, data, size);
	bool more = exchange_bytes(exchange, copy, size, stamp, read);
	free(copy);
	return more;
}

static inline bool feed(struct exchange *exchange, const struct send *sends)
{
	bool more = true;

	for (uint64_t i = 0; sends[i].bytes; i++)
		more = put(
			exchange, MS(sends[i].ms), sends[i].bytes, strlen(sends[i].bytes), i + 1);
	return more;
}

static inline void end(struct exchange *exchange, enum exchange_end how)
{
	exchange_end(exchange, how, how == END_CLEAN ? NULL : "transfer closed", T0 + MS(5000));
}

/* A 200 with an event stream (Ollama: JSON lines), fed and ended. */
static inline struct exchange *stream(
	enum dialect dialect, const struct send *sends, enum exchange_end how)
{
	struct exchange *exchange = begin(dialect);

	head(exchange, 200,
		dialect == DIALECT_OLLAMA ? "application/x-ndjson"
					  : "text/event-stream; charset=utf-8");
	feed(exchange, sends);
	end(exchange, how);
	return exchange;
}
#define SENDS(...)                                                                                 \
	(const struct send[])                                                                      \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0, NULL                                                                    \
		}                                                                                  \
	}
#define SSE(...) stream(DIALECT_OPENAI, SENDS(__VA_ARGS__), END_CLEAN)
#define NDJSON(...) stream(DIALECT_OLLAMA, SENDS(__VA_ARGS__), END_CLEAN)

static inline void expect_outcome(
	struct exchange *exchange, enum exchange_outcome outcome, const char *kind)
{
	assert_string_equal(
		exchange_outcome_name(exchange->outcome), exchange_outcome_name(outcome));
	assert_string_equal(exchange->error_kind, kind);
	assert_true((exchange->error_message.size > 0) ==
		    (outcome != OUTCOME_OK && outcome != OUTCOME_EMPTY));
}

static inline void expect_flags(const struct exchange *exchange, const char *flags)
{
	char names[200];

	exchange_flag_names(exchange->flags, names, sizeof names);
	assert_string_equal(names, flags);
}

static inline const char *content(const struct exchange *exchange, size_t answer)
{
	assert_true(answer < exchange->answer_count);
	return buffer_string(&exchange->answers[answer].content);
}

/* ms, and -1 for none */
static inline double ms(int64_t ns)
{
	return ns == EXCHANGE_NONE ? -1 : (double)ns / 1e6;
}

static inline void expect_near(double got, double expected, double most)
{
	if (!(fabs(got - expected) <= most)) /* nor NaN */
		fail_msg("%f is not %f", got, expected);
}

static inline void expect_times(
	const struct exchange *exchange, double ttft, double e2e, double tpot)
{
	expect_near(ms(exchange_ttft(exchange)), ttft, 0.001);
	expect_near(ms(exchange_e2e(exchange)), e2e, 0.001);
	double got = exchange_tpot(exchange);
	expect_near(got < 0 ? -1 : got / 1e6, tpot, 0.005);
}

/* Times of the token events, ms; ended by -1. */
static inline void expect_events(const struct exchange *exchange, const int *times)
{
	size_t count = 0;
	int64_t t_ns = exchange->t_first_token;

	for (; times[count] >= 0; count++) {
		assert_true(count < exchange->event_count);
		t_ns += exchange_gap(exchange, count);
		assert_int_equal(t_ns, T0 + MS(times[count]));
	}
	assert_int_equal(exchange->event_count, count);
}
#define EVENTS(...)                                                                                \
	(const int[])                                                                              \
	{                                                                                          \
		__VA_ARGS__, -1                                                                    \
	}

#endif
