/* The summary of a run: which requests count, and what is said of them. */
#include "kept.h"

static void add_metric(struct store *store, const char *name, double value, const char *unit)
{
	const struct store_value row[] = {store_integer(1), store_null(), store_integer(0),
		store_null(), store_text(name), store_real(value), store_text(unit)};
	assert_true(store_run(store, "metric", row, 7, NULL));
}

/* Case F6: p99 by interpolation. Case K6: a name with another unit is another series. */
static void own_metrics_are_summarised_by_unit(void **state)
{
	struct store *store = kept_open(kept_path("units.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	add_metric(store, "x", 30, "ms");
	add_metric(store, "x", 10, "ms");
	add_metric(store, "x", 20, "ms");
	add_metric(store, "queue", 0.25, "s");
	add_metric(store, "queue", 250, "ms");
	add_metric(store, "queue", NAN, "ms");
	assert_true(store_summarise(store, 1, NULL));
	assert_true(store_summarise(store, 1, NULL)); /* replaces */
	kept_is_number(store, "SELECT p50 FROM run_summary WHERE metric = 'x'", 20);
	kept_is_number(store, "SELECT p99 FROM run_summary WHERE metric = 'x'", 29.8);
	kept_is_number(store, "SELECT stddev FROM run_summary WHERE metric = 'x'", 10);
	kept_is_number(store, "SELECT count(*) FROM run_summary WHERE metric = 'queue'", 2);
	kept_is_number(store, "SELECT mean FROM run_summary WHERE unit = 's'", 0.25);
	kept_is_number(
		store, "SELECT mean FROM run_summary WHERE metric = 'queue' AND unit = 'ms'", 250);
	kept_is_number(
		store, "SELECT missing FROM run_summary WHERE metric = 'queue' AND unit = 'ms'", 1);
	store_close(store);
}

/* Case C3: gaps between events, and per token where the tokens are known. */
static void gaps_per_event_and_per_token(void **state)
{
	struct store *store = kept_open(kept_path("gaps.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	kept_request(store, 1, 1, "ok");
	kept_do(store,
		"INSERT INTO timeline (request, t, n) SELECT id, '[100000,160000,220000,280000]', "
		"'[1,3,3,1]' FROM request");
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'icl'", 3);
	kept_is_number(store, "SELECT mean FROM run_summary WHERE metric = 'icl'", 60);
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'itl'", 7);
	kept_is_number(store, "SELECT mean FROM run_summary WHERE metric = 'itl'", 180.0 / 7);
	kept_is_number(store, "SELECT p50 FROM run_summary WHERE metric = 'itl'", 20);
	kept_is_number(store, "SELECT max FROM run_summary WHERE metric = 'itl'", 60);
	kept_is_number(store, "SELECT mean FROM run_summary WHERE metric = 'tpot'", 180.0 / 7);
	kept_do(store,
		"UPDATE timeline SET n = NULL"); /* four events, eight tokens: nobody knows where */
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'itl'", 0);
	kept_is_number(store, "SELECT missing FROM run_summary WHERE metric = 'itl'", 1);
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'icl'", 3);
	kept_do(store, "UPDATE timeline SET t = '[100000]'"); /* a gap needs two */
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store, "SELECT missing FROM run_summary WHERE metric = 'icl' AND n = 0", 1);
	store_close(store);
}

/* A file may come by mail: 2^64 tokens more than the eight that were counted are not eight. */
static void tokens_that_wrap_round_are_not_known(void **state)
{
	struct store *store = kept_open(kept_path("wrap.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	kept_request(store, 1, 1, "ok");
	struct buffer n = BUFFER_EMPTY;
	buffer_text(&n, "INSERT INTO timeline (request, t, n) SELECT id, '[1,2,3,4]', '[");
	for (int i = 0; i < 18; i++)
		buffer_text(&n, "999999999999999999,");
	buffer_text(&n, "446744073709551642]' FROM request");
	kept_do(store, "%s", n.data);
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'itl'", 0);
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'icl'", 3);
	buffer_free(&n);
	store_close(store);
}

/* Cases F5, F6: only what was measured, warm and went well; pooled gaps; groups apart. */
static void only_good_warm_measured_requests_count(void **state)
{
	struct store *store = kept_open(kept_path("count.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	kept_do(store, "INSERT INTO backend (run, number, name, kind) VALUES (1, 1, 'a', 'x'), "
		       "(1, 2, 'b', 'x')");
	for (int i = 1; i <= 8; i++)
		kept_request(store, 1, i, i == 8 ? "failed" : "ok");
	kept_do(store, "UPDATE request SET backend = CASE WHEN seq < 7 THEN 1 ELSE 2 END, "
		       "t_first_token = CASE seq WHEN 1 THEN 9000 WHEN 2 THEN 8600 ELSE 400 END * "
		       "1000000, t_last_token = 9100000000, t_end = 9200000000, phase_kind = CASE "
		       "seq WHEN 1 THEN 'warm-up' ELSE 'measure' END, cold_start = (seq = 2), call "
		       "= CASE seq WHEN 6 THEN 'complete' ELSE 'chat' END, label = CASE seq WHEN 5 "
		       "THEN 'long' END");
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store,
		"SELECT n FROM run_summary WHERE metric = 'ttft' AND backend = 'a' AND call = "
		"'chat' AND label IS NULL",
		2);
	kept_is_number(store, "SELECT max(max) FROM run_summary WHERE metric = 'ttft'", 400);
	kept_is_number(store, "SELECT count(*) FROM run_summary WHERE metric = 'ttft'", 4);
	kept_is_number(
		store, "SELECT n FROM run_summary WHERE metric = 'ttft' AND backend = 'b'", 1);
	kept_is_number(store, "SELECT requests FROM runs", 7);
	kept_is_number(store, "SELECT ok FROM runs", 6);
	kept_is_number(store, "SELECT failed FROM runs", 1);
	store_close(store);
}

static void phases_are_summarised_apart(void **state)
{
	struct store *store = kept_open(kept_path("phases.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	kept_do(store, "INSERT INTO phase (run, number, label, kind, t_started) VALUES (1, 1, 'a', "
		       "'measure', 0), (1, 2, 'b', 'measure', 0)");
	for (int i = 1; i <= 4; i++)
		kept_request(store, 1, i, "ok");
	kept_do(store, "UPDATE request SET phase = CASE WHEN seq > 1 THEN 1 + seq / 4 END, "
		       "t_first_token = seq * 10000000");
	assert_true(store_summarise(store, 1, NULL));
	kept_is_text(store,
		"SELECT group_concat(coalesce(phase, 'none') || ' ' || n || ' ' || mean) FROM "
		"(SELECT * FROM run_summary WHERE metric = 'ttft' ORDER BY phase)",
		"none 1 10.0,1 2 25.0,2 1 40.0");
	store_close(store);
}

/* 3 s, 2 s and 1 s within 4 s; the fourth never began, the fifth never ended. */
static void how_busy_the_client_was_is_counted_once(void **state)
{
	struct store *store = kept_open(kept_path("busy.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	for (int i = 1; i <= 5; i++)
		kept_request(store, 1, i, i == 4 ? "dropped" : i == 5 ? "incomplete" : "ok");
	kept_do(store, "UPDATE request SET events = 10 * seq, t_first_token = NULL, t_last_token = "
		       "NULL, t_start = CASE seq WHEN 1 THEN 0 WHEN 2 THEN 1 WHEN 3 THEN 3 WHEN 5 "
		       "THEN 2 END * 1000000000, t_end = CASE seq WHEN 1 THEN 3 WHEN 2 THEN 3 "
		       "WHEN 3 THEN 4 WHEN 4 THEN 9 END * 1000000000");
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store, "SELECT streams FROM run", 1.5);
	kept_is_number(store, "SELECT event_rate FROM run", 15);
	store_close(store);
}

/* By the plan only what had one counts, whether or not it has the value. */
static void groups_may_take_turns_and_stand_sorted(void **state)
{
	struct store *store = kept_open(kept_path("turns.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	for (int i = 1; i <= 9; i++)
		kept_request(store, 1, i, "ok");
	kept_do(store, "UPDATE request SET phase = CASE WHEN seq > 3 THEN 13 - seq / 4 END, label "
		       "= CASE seq %% 3 WHEN 1 THEN 'longer' WHEN 2 THEN 'long' END, "
		       "t_first_token = CASE WHEN seq < 9 THEN t_start + seq * 10000000 END, "
		       "t_sched = CASE WHEN seq > 1 THEN t_start - seq * 1000000 END");
	assert_true(store_summarise(store, 1, NULL));
	kept_is_text(store,
		"SELECT group_concat(coalesce(label, '-') || coalesce(phase, '-') || ' ' || n || "
		"'/' || "
		"missing || ' ' || coalesce(mean, '-'), ', ') FROM (SELECT * FROM summary WHERE "
		"metric = 'ttft_sched' ORDER BY rowid)",
		"-- 1/0 33.0, -11 0/1 -, -12 1/0 66.0, long- 1/0 22.0, long11 1/0 88.0, long12 1/0 "
		"55.0, longer12 2/0 60.5");
	store_close(store);
}

/* The summary says what plain window functions say. */
static void the_summary_equals_window_functions(void **state)
{
	struct store *store = kept_open(kept_path("window.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	unsigned random = 7;
	for (int i = 0; i < 137; i++) {
		random = random * 1103515245u + 12345u;
		add_metric(store, "x", (double)(random >> 8) / 1000, "ms");
	}
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store,
		"WITH ranked AS (SELECT value, row_number() OVER (ORDER BY value) - 1 AS i, "
		"count(*) OVER () AS n FROM measurements), place AS (SELECT p, p * 136 AS at FROM "
		"(SELECT 0.5 AS p UNION ALL SELECT 0.9 UNION ALL SELECT 0.95 UNION ALL SELECT "
		"0.99)), found AS (SELECT p, (SELECT value FROM ranked WHERE i = CAST(at AS "
		"INTEGER)) AS low, (SELECT value FROM ranked WHERE i = min(CAST(at AS INTEGER) + "
		"1, 136)) AS high, at - CAST(at AS INTEGER) AS share FROM place) SELECT "
		"max(abs(low + (high - low) * share - CASE p WHEN 0.5 THEN p50 WHEN 0.9 THEN p90 "
		"WHEN 0.95 THEN p95 ELSE p99 END)) < 1e-6 FROM found, run_summary",
		1);
	kept_is_number(store,
		"SELECT abs(mean - (SELECT avg(value) FROM measurements)) < 1e-6 FROM run_summary",
		1);
	kept_is_number(store,
		"SELECT abs(p95 - (SELECT percentile(value, 95) FROM measurements)) < 1e-9 FROM "
		"run_summary",
		1);
	kept_is_number(store,
		"SELECT abs(stddev - (SELECT stddev(value) FROM measurements)) < 1e-6 FROM "
		"run_summary",
		1);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_metrics_are_summarised_by_unit),
		cmocka_unit_test(gaps_per_event_and_per_token),
		cmocka_unit_test(tokens_that_wrap_round_are_not_known),
		cmocka_unit_test(only_good_warm_measured_requests_count),
		cmocka_unit_test(phases_are_summarised_apart),
		cmocka_unit_test(how_busy_the_client_was_is_counted_once),
		cmocka_unit_test(groups_may_take_turns_and_stand_sorted),
		cmocka_unit_test(the_summary_equals_window_functions),
	};
	return RUN_KEPT(tests);
}
