/* Parts of a run, each kept by another process, as one run. */
#include "kept.h"

#define REQUEST                                                                                    \
	"INSERT INTO request (run, seq, backend, phase, phase_kind, user, prompt, t_sched, "       \
	"t_start, outcome, flags, attempts, streamed, events) VALUES "

static const char *const first[] = {
	"UPDATE run SET uuid = 'whole', shard = 1, summary = 'what it is', options = '{}', "
	"simulated = 1, alive_ns = 70",
	"INSERT INTO backend (run, number, name, kind, sampling) VALUES (1, 1, 'a', 'sim', "
	"'{\"seed\":1}'), (1, 2, 'c', 'sim', NULL)",
	"INSERT INTO phase (run, number, label, kind, t_started, t_ended, achieved_rate, dropped, "
	"start_lag_p99_ns) VALUES (1, 1, 'met', 'measure', 5, 50, 9, 3, 7), (1, 2, 'parted', "
	"'part', 50, 60, 4, 1, 9), (1, 3, 'cut', 'part', 80, 90, 4, 1, 9)",
	REQUEST "(1, 1, 1, 1, 'measure', 1, 'p', 10, 10, 'ok', '', 1, 1, 1), (1, 2, 1, 1, "
		"'measure', 3, 'p', 30, 35, 'ok', '', 1, 1, 1)",
	"INSERT INTO timeline (request, t) SELECT id, json_array(seq) FROM request",
	"INSERT INTO prompt (digest, text, chars) VALUES ('p', NULL, 3)",
	"INSERT INTO metric (run, seq, name, value) VALUES (1, 2, 'm', 3), (1, NULL, 'm', 0)",
	"INSERT INTO \"check\" (run, seq, name, passed) VALUES (1, 1, 'c', 1)",
	"INSERT INTO warning (run, backend, seq, code, text) VALUES (1, 1, 2, 'said', 'by the "
	"first'), (1, NULL, 1, 'slept', 'across'), (1, NULL, 2, 'slept', 'across')",
	"INSERT INTO note (run, key, value) VALUES (1, 'k', 'of all')",
	"INSERT INTO loop_health (run, turns, p99_ns, cpu_ns, stamps, priority) VALUES (1, 10, 5, "
	"9, 'kernel', 'real-time')",
	NULL};

static const char *const second[] = {"UPDATE run SET uuid = 'whole', shard = 2, alive_ns = 90",
	"INSERT INTO backend (run, number, name, kind, sampling) VALUES (1, 1, 'b', 'http', NULL), "
	"(1, 2, 'a', 'sim', '[{\"seed\":1},{\"seed\":2}]')",
	"INSERT INTO phase (run, number, label, kind, t_started, t_ended, achieved_rate, dropped, "
	"start_lag_p99_ns) VALUES (1, 1, 'met', 'part', 6, 40, 4, 1, 99), (1, 2, 'parted', 'part', "
	"45, 70, 5, 2, 8), (1, 3, 'cut', 'part', 81, NULL, NULL, NULL, NULL)",
	REQUEST "(1, 1, 2, 1, 'measure', 2, 'p', 20, 20, 'ok', '', 1, 1, 1), (1, 2, 1, 1, "
		"'measure', 4, 'q', 40, NULL, 'dropped', '', 0, 0, 0)",
	"INSERT INTO timeline (request, t) SELECT id, json_array(10 * seq) FROM request",
	"INSERT INTO prompt (digest, text, chars) VALUES ('p', 'why', 3), ('q', 'who', 3)",
	"INSERT INTO warning (run, backend, seq, code, text) VALUES (1, 2, 1, 'said', 'by the "
	"second'), (1, NULL, 1, 'slept', 'across')",
	"INSERT INTO note (run, key, value) VALUES (1, 'k', 'of all'), (1, 'k', 'of a visit')",
	"INSERT INTO loop_health (run, turns, p99_ns, cpu_ns, stamps, priority) VALUES (1, 8, 6, "
	"4, 'clock', 'normal')",
	NULL};

static void make_part(const char *path, const char *const *statements)
{
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	for (; *statements != NULL; statements++)
		kept_do(store, "%s", *statements);
	store_close(store);
}

static void make_parts(const char *parts[2])
{
	parts[0] = kept_path("1.db");
	parts[1] = kept_path("2.db");
	if (access(parts[0], F_OK) == 0)
		return;
	make_part(parts[0], first);
	make_part(parts[1], second);
}

static void check_rows(struct store *store)
{
	kept_is_text(store,
		"SELECT group_concat(seq || ' ' || user) FROM (SELECT * FROM request WHERE run = 1 "
		"ORDER BY seq)",
		"1 1,2 2,3 3,4 4");
	kept_is_text(store,
		"SELECT group_concat(b.name) FROM (SELECT * FROM request WHERE run = 1 ORDER BY "
		"seq) AS r JOIN backend AS b ON b.run = r.run AND b.number = r.backend",
		"a,a,a,b");
	kept_is_text(store,
		"SELECT group_concat(t) FROM (SELECT t FROM timeline JOIN request ON id = request "
		"WHERE run = 1 ORDER BY seq)",
		"[1],[10],[2],[20]");
	kept_is_text(store, "SELECT text FROM prompt WHERE digest = 'p'", "why");
	kept_is_number(store, "SELECT seq FROM metric WHERE run = 1 AND value = 3", 3);
	kept_is_number(store, "SELECT count(*) FROM metric WHERE run = 1 AND seq IS NULL", 1);
	kept_is_number(store, "SELECT seq FROM \"check\" WHERE run = 1", 1);
}

static void check_what_is_once(struct store *store)
{
	kept_is_text(
		store, "SELECT text FROM warning WHERE run = 1 AND code = 'said'", "by the first");
	kept_is_text(store,
		"SELECT group_concat(seq) FROM (SELECT seq FROM warning WHERE run = 1 AND code = "
		"'slept' ORDER BY seq)",
		"1,2,3");
	kept_is_text(store,
		"SELECT group_concat(value) FROM (SELECT value FROM note WHERE run = 1 ORDER BY "
		"value)",
		"of a visit,of all");
	kept_is_text(store, "SELECT sampling FROM backend WHERE run = 1 AND name = 'a'",
		"[{\"seed\":1},{\"seed\":2}]");
	kept_is_text(store,
		"SELECT turns || ' ' || p99_ns || ' ' || cpu_ns || ' ' || stamps || ' ' || "
		"priority FROM loop_health WHERE run = 1",
		"10 6 9 clock normal");
}

/* Where the workers met, one figure is that of the whole; else they are put together, and of one
 * that was cut off nothing is known. */
static void check_phases(struct store *store)
{
	kept_is_text(store,
		"SELECT t_started || ' ' || t_ended || ' ' || achieved_rate || ' ' || dropped || ' "
		"' || start_lag_p99_ns || ' ' || kind FROM phase WHERE run = 1 AND number = 1",
		"5 50 9.0 3 7 measure");
	kept_is_text(store,
		"SELECT t_started || ' ' || t_ended || ' ' || achieved_rate || ' ' || dropped || ' "
		"' || start_lag_p99_ns || ' ' || kind FROM phase WHERE run = 1 AND number = 2",
		"45 70 9.0 3 9 measure");
	kept_is_text(store,
		"SELECT t_started || ' ' || start_lag_p99_ns FROM phase WHERE run = 1 AND number = "
		"3 AND t_ended IS NULL AND achieved_rate IS NULL AND dropped IS NULL",
		"80 9");
}

static void parts_become_the_run_that_waits_for_them(void **state)
{
	const char *parts[2];
	make_parts(parts);
	struct store *store = kept_open(kept_path("whole.db"), STORE_WRITE);
	kept_run(store, 1, "crashed");
	kept_do(store, "UPDATE run SET uuid = 'whole', workers = NULL, alive_ns = 0, started_at_ns "
		       "= 1000");
	kept_do(store, "INSERT INTO note (run, key, value) VALUES (1, 'k', 'of all')");
	for (int time = 0; time < 2; time++) { /* cut off in the middle, it is done again */
		assert_true(store_merge_parts(store, 1, parts, 2, NULL));
		check_rows(store);
		check_what_is_once(store);
		check_phases(store);
		kept_is_text(store,
			"SELECT summary || ' ' || options || ' ' || simulated || ' ' || status || "
			"' ' || workers || ' ' || duration_ns || ' ' || ended_at_ns FROM run",
			"what it is {} 1 crashed 2 90 1090");
	}
	store_close(store);
}

static void parts_become_a_run_where_there_is_none(void **state)
{
	int64_t run = 0;
	const char *parts[2];
	make_parts(parts);
	struct store *store = kept_open(kept_path("new.db"), STORE_WRITE);
	assert_true(store_merge_begin(store, parts[1], &run, NULL));
	assert_int_equal(run, 1);
	kept_is_text(store,
		"SELECT uuid || ' ' || shard || ' ' || coalesce(workers, 'none') FROM run",
		"whole 0 none");
	assert_true(store_merge_parts(store, run, parts, 2, NULL));
	check_rows(store);
	kept_is_text(store, "SELECT status || ' ' || workers || ' ' || duration_ns FROM run",
		"done 2 90");
	store_close(store);
}

static void one_part_alone_is_a_whole(void **state)
{
	int64_t run = 0;
	const char *parts[2];
	make_parts(parts);
	struct store *store = kept_open(kept_path("one.db"), STORE_WRITE);
	assert_true(store_merge_begin(store, parts[0], &run, NULL));
	assert_true(store_merge_parts(store, run, parts, 1, NULL));
	kept_is_text(store,
		"SELECT status || ' ' || workers || ' ' || duration_ns || ' ' || (SELECT count(*) "
		"FROM request) FROM run",
		"done 1 70 2");
	store_close(store);
}

static void what_is_no_part_of_it_is_refused(void **state)
{
	struct error error = {0};
	const char *parts[2];
	make_parts(parts);
	struct store *store = kept_open(kept_path("other.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	assert_false(store_merge_parts(store, 1, parts, 2, &error));
	assert_non_null(strstr(error.message, "1.db holds no part of the run"));
	kept_is_number(store, "SELECT count(*) FROM request", 0);
	int64_t run = 0;
	const char *itself = kept_path("other2.db");
	struct store *plain = kept_open(itself, STORE_WRITE);
	kept_run(plain, 1, "done");
	store_close(plain);
	assert_false(store_merge_begin(store, itself, &run, &error));
	assert_non_null(strstr(error.message, "other2.db holds no part of the run"));
	kept_do(store, "SELECT 1"); /* nothing is left open */
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_become_the_run_that_waits_for_them),
		cmocka_unit_test(parts_become_a_run_where_there_is_none),
		cmocka_unit_test(one_part_alone_is_a_whole),
		cmocka_unit_test(what_is_no_part_of_it_is_refused),
	};
	return RUN_KEPT(tests);
}
