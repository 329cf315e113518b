/* For tests of what is kept: a folder of their own, questions to a file, and answered requests. */
#ifndef BENCH_UNIT_KEPT_H
#define BENCH_UNIT_KEPT_H

#include "unit.h"

#include "base/memory.h"
#include "net/exchange.h"
#include "machine/facts.h"
#include "store/store_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS INT64_C(1000000)

static char kept_folder[256];

static inline int kept_setup(void **state)
{
	(void)state;
	const char *place = getenv("TMPDIR");
	snprintf(kept_folder, sizeof kept_folder, "%s/bench-kept-XXXXXX",
		place != NULL ? place : "/tmp");
	return mkdtemp(kept_folder) == NULL;
}

/* What the shell runs must go well. */
__attribute__((format(printf, 1, 2))) static inline void kept_shell(const char *format, ...)
{
	char command[2000];
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(command, sizeof command, format, arguments);
	va_end(arguments);
	assert_in_range(size, 1, sizeof command - 1);
	assert_int_equal(system(command), 0);
}

static inline int kept_teardown(void **state)
{
	(void)state;
	kept_shell("rm -rf '%s'", kept_folder);
	return 0;
}

#define RUN_KEPT(tests) cmocka_run_group_tests(tests, kept_setup, kept_teardown)

/* A path in the folder; good until the eighth call after this one. */
static inline const char *kept_path(const char *name)
{
	static char paths[8][400];
	static int next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof paths[0], "%s/%s", kept_folder, name);
	return path;
}

static inline struct store *kept_open(const char *path, enum store_mode mode)
{
	struct error error = {0};
	struct store *store = store_open(path, mode, &error);
	if (store == NULL)
		fail_msg("%s: %s", path, error.message);
	return store;
}

static inline bool kept_take(void *context, const struct store_row *row)
{
	struct store_value *value = context;
	if (row->count == 0)
		return false;
	*value = row->values[0];
	if (value->type == STORE_TEXT)
		value->text = memory_bytes(value->text, value->size);
	return false;
}

/* The first value of the first row; texts are owned by the caller. */
static inline struct store_value kept_value(struct store *store, const char *sql)
{
	struct error error = {0};
	struct store_value value = store_null();
	if (!store_query(store, sql, &(struct store_question){.row = kept_take, .context = &value},
		    &error))
		fail_msg("%s: %s", sql, error.message);
	return value;
}

/* NaN for NULL. */
static inline double kept_number(struct store *store, const char *sql)
{
	struct store_value value = kept_value(store, sql);
	if (value.type == STORE_TEXT)
		fail_msg("%s: a text, \"%s\"", sql, value.text);
	if (value.type == STORE_NULL)
		return NAN;
	return value.type == STORE_REAL ? value.real : (double)value.integer;
}

static inline void kept_is_number(struct store *store, const char *sql, double wanted)
{
	double found = kept_number(store, sql);
	bool same =
		isnan(wanted) ? isnan(found) : fabs(found - wanted) <= 1e-6 * (1 + fabs(wanted));
	if (!same)
		fail_msg("%s: %.9g instead of %.9g", sql, found, wanted);
}

/* NULL for NULL. */
static inline void kept_is_text(struct store *store, const char *sql, const char *wanted)
{
	struct store_value value = kept_value(store, sql);
	if (wanted == NULL) {
		if (value.type != STORE_NULL)
			fail_msg("%s: not NULL", sql);
		return;
	}
	if (value.type != STORE_TEXT)
		fail_msg("%s: no text instead of \"%s\"", sql, wanted);
	assert_string_equal(value.text, wanted);
	free((char *)value.text);
}

__attribute__((format(printf, 2, 3))) static inline void kept_do(
	struct store *store, const char *format, ...)
{
	char sql[1024];
	struct error error = {0};
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(sql, sizeof sql, format, arguments);
	va_end(arguments);
	assert_in_range(size, 1, sizeof sql - 1);
	if (!store_execute(store, sql, &error))
		fail_msg("%s: %s", sql, error.message);
}

/* A kept run to hang rows on, in a living or a dead process. */
static inline void kept_run(struct store *store, int64_t run, const char *status)
{
	kept_do(store,
		"INSERT INTO run (id, uuid, scenario, bench_version, status, started_at_ns, "
		"started_at, pid, pid_start, boot, alive_ns, duration_ns, summarised) VALUES "
		"(%lld, 'u%lld', 's', '1', '%s', 1764061200123000000, '2025-11-25T09:00:00.123Z', "
		"1, 1, 'another boot', 2000000000, 3000000000, 1)",
		(long long)run, (long long)run, status);
}

/* An exchange that began at t0 and is still running. */
static inline struct exchange *kept_exchange(int64_t t0)
{
	struct exchange *exchange = exchange_new();
	exchange->t_start = exchange->t_attempt = t0;
	exchange->attempts = 1;
	return exchange;
}

static inline void kept_event(struct exchange *exchange, int64_t t_ns, int tokens, int channel)
{
	exchange_add_event(exchange, exchange->t_start + t_ns,
		exchange_mark((uint32_t)tokens, (enum exchange_channel)channel, false, false));
}

static inline void kept_answer(struct exchange *exchange, const char *content, const char *finish)
{
	exchange->answers = memory_resize(
		exchange->answers, exchange->answer_count + 1, sizeof *exchange->answers);
	struct exchange_answer *answer = &exchange->answers[exchange->answer_count++];
	*answer = (struct exchange_answer){.ended = true};
	buffer_init(&answer->content, BUFFER_UNLIMITED);
	buffer_init(&answer->reasoning, BUFFER_UNLIMITED);
	buffer_init(&answer->finish, BUFFER_UNLIMITED);
	buffer_text(&answer->content, content);
	buffer_text(&answer->finish, finish);
}

/* Ended well at t_ns after its start, with this many tokens by the server's count. */
static inline void kept_end(struct exchange *exchange, int64_t t_ns, int64_t tokens)
{
	exchange->t_end = exchange->t_start + t_ns;
	exchange->outcome = OUTCOME_OK;
	exchange->streamed = exchange->event_count > 0;
	exchange->stamped_by_kernel = true;
	exchange->output_tokens = tokens;
	exchange->tokens_source = TOKENS_USAGE;
	exchange->http_status = 200;
}

/* The exit status of a child; its death by a signal is -signal. */
static inline int kept_wait(pid_t child)
{
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The run is this process's: it goes on. */
static inline void kept_alive(struct store *store, int64_t run)
{
	char boot[160];
	store_boot(boot, sizeof boot);
	kept_do(store,
		"UPDATE run SET pid = %d, pid_start = %llu, boot = '%s', summarised = 0 WHERE id = "
		"%lld",
		(int)getpid(), (unsigned long long)facts_process_start(getpid()), boot,
		(long long)run);
}

/* A measured one: 8 tokens in 4 events, from 100 to 280 ms. */
static inline void kept_request(struct store *store, int64_t run, int seq, const char *outcome)
{
	kept_do(store,
		"INSERT INTO request (run, seq, phase_kind, call, t_start, t_first_token, "
		"t_last_token, t_end, outcome, flags, attempts, streamed, events, prompt, "
		"output_tokens, token_source) VALUES (%lld, %d, 'measure', 'chat', 0, 100000000, "
		"280000000, 300000000, '%s', '', 1, 1, 4, 'p%d', 8, 'usage')",
		(long long)run, seq, outcome, seq);
}

#endif
