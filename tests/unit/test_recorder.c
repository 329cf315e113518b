/* The thread that writes: nothing given to it is lost, whatever happens to the process or
 * the disk. */
#include "kept.h"

#include "base/clock.h"
#include "base/secret.h"
#include "store/recorder.h"
#include "store/store_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static struct recorder *start_with(const char *path, bool keep_text)
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

static struct recorder *start(const char *path)
{
	return start_with(path, true);
}

static void finish(struct recorder *recorder, const char *status)
{
	struct error error = {0};
	if (!recorder_finish(recorder, status, &error))
		fail_msg("%s", error.message);
}

static struct recorder_context context_of(int64_t seq)
{
	return (struct recorder_context){.seq = seq,
		.backend = 1,
		.phase_kind = "measure",
		.call = "chat",
		.round = 1,
		.user = EXCHANGE_NONE};
}

static struct exchange *answered(void)
{
	struct exchange *exchange = kept_exchange(clock_now_ns());
	kept_event(exchange, 100 * MS, 1, CHANNEL_CONTENT);
	kept_event(exchange, 120 * MS, 1, CHANNEL_CONTENT);
	kept_answer(exchange, "an answer", "stop");
	kept_end(exchange, 130 * MS, 2);
	return exchange;
}

static void give(struct recorder *recorder, int64_t seq, struct exchange *exchange)
{
	struct recorder_context context = context_of(seq);
	recorder_request(recorder, &context, exchange);
	exchange_free(exchange);
}

/* --- what is kept ----------------------------------------------------------------------------- */

static void a_run_and_its_requests_are_kept(void **state)
{
	(void)state;
	const char *path = kept_path("kept.db");
	struct recorder *recorder = start(path);
	assert_int_equal(recorder_run_number(recorder), 1);
	assert_int_equal(strlen(recorder_uuid(recorder)), 36);
	assert_int_equal(recorder_other_run(recorder), 0);
	const struct store_value note[] = {store_text("weather"), store_text("fine")};
	recorder_write(recorder, "note", note, 2);
	give(recorder, 1, answered());
	struct error error = {0};
	assert_true(recorder_flush(recorder, &error));
	struct store *store = kept_open(path, STORE_READ); /* while it runs */
	kept_is_text(store, "SELECT status FROM runs", "running");
	kept_is_number(store, "SELECT ttft_ms FROM request_metrics", 100);
	kept_is_text(store, "SELECT value FROM notes", "fine");
	store_close(store);
	finish(recorder, "done");
	char wal[500];
	snprintf(wal, sizeof wal, "%s-wal", path);
	assert_int_not_equal(access(wal, F_OK), 0); /* the one file can be copied */
	store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT status FROM runs", "done");
	kept_is_text(store, "SELECT label FROM runs", "nightly");
	kept_is_number(store, "SELECT seed FROM runs", 42);
	kept_is_number(store, "SELECT ok FROM runs", 1);
	kept_is_text(store, "SELECT cpu FROM runs JOIN machines USING (machine)", "a cpu");
	kept_is_text(store, "SELECT script FROM run", "-- a script");
	kept_is_number(store, "SELECT mean FROM run_summary WHERE metric = 'tpot'", 20);
	kept_is_number(store, "SELECT duration_s >= 0 AND ended_at >= started_at FROM runs", 1);
	store_close(store);
}

/* Two answers in one exchange, tool calls, and text that no editor would write. */
static void texts_survive(void **state)
{
	(void)state;
	const char *path = kept_path("texts.db");
	struct recorder *recorder = start(path);
	struct exchange *exchange = answered();
	kept_answer(exchange, "=1+1\t\"x\"\n", "length");
	buffer_text(&exchange->answers[1].reasoning, "hm");
	exchange->tool_calls = memory_new(sizeof *exchange->tool_calls);
	exchange->tool_call_count = 1;
	struct exchange_tool_call *call = exchange->tool_calls;
	buffer_init(&call->id, BUFFER_UNLIMITED);
	buffer_init(&call->name, BUFFER_UNLIMITED);
	buffer_init(&call->arguments, BUFFER_UNLIMITED);
	buffer_text(&call->name, "get");
	buffer_text(&call->arguments, "{\"q\":\"\x01\\\"}");
	give(recorder, 1, exchange);
	const struct store_value bytes[] = {store_text("k"), store_bytes("a\xFF\xFE", 3)};
	recorder_write(recorder, "note", bytes, 2);
	finish(recorder, "done");
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT answer FROM request_metrics", "an answer\n\n=1+1\t\"x\"\n");
	kept_is_text(store, "SELECT finish_reason FROM request_metrics", "stop,length");
	kept_is_text(store, "SELECT reasoning FROM request", "hm");
	kept_is_text(store, "SELECT json_extract(tool_calls, '$[0].arguments') FROM request",
		"{\"q\":\"\x01\\\"}");
	kept_is_text(store, "SELECT value FROM notes", "a\xEF\xBF\xBD\xEF\xBF\xBD");
	kept_is_number(store, "SELECT chars FROM request_metrics", 9 + 2 + 9);
	store_close(store);
}

static void a_request_in_flight_is_replaced(void **state)
{
	(void)state;
	const char *path = kept_path("flight.db");
	struct recorder *recorder = start(path);
	struct exchange *early = kept_exchange(clock_now_ns());
	kept_event(early, 100 * MS, 1, CHANNEL_REASONING);
	give(recorder, 1, early);
	struct exchange *planned = exchange_new();
	planned->t_sched = clock_now_ns();
	give(recorder, 2, planned);
	assert_true(recorder_flush(recorder, NULL));
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT outcome FROM request_metrics WHERE seq = 1", "incomplete");
	kept_is_number(store, "SELECT count(*) FROM events", 1);
	kept_is_number(store, "SELECT start_ms FROM request_metrics WHERE seq = 2", NAN);
	double id = kept_number(store, "SELECT request FROM request_metrics WHERE seq = 1");
	store_close(store);
	give(recorder, 3, answered());
	struct exchange *retry = kept_exchange(clock_now_ns());
	retry->attempts = 2; /* nothing came yet */
	give(recorder, 3, retry);
	give(recorder, 1, answered());
	finish(recorder, "interrupted");
	store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT request FROM request_metrics WHERE seq = 1", id);
	kept_is_text(store, "SELECT outcome FROM request_metrics WHERE seq = 1", "ok");
	kept_is_number(store, "SELECT count(*) FROM events", 2);
	kept_is_text(store, "SELECT channel FROM events WHERE seq = 1", "content");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 2", "incomplete");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 3", "incomplete");
	store_close(store);
}

/* A time before the start cannot be; the row is kept all the same. */
static void impossible_times_are_unknown(void **state)
{
	(void)state;
	const char *path = kept_path("times.db");
	struct recorder *recorder = start(path);
	struct exchange *exchange = answered();
	exchange->t_headers = exchange->t_start - 1;
	exchange->t_sched = exchange->t_start + 200;
	exchange->event_times[1] = exchange->event_times[0] - 5;
	give(recorder, 1, exchange);
	finish(recorder, "done");
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT headers_ms FROM request_metrics", NAN);
	kept_is_number(store, "SELECT wait_ms FROM request_metrics", 0);
	kept_is_number(store, "SELECT icl_max_ms FROM request_metrics", 0);
	store_close(store);
}

static void no_text_keeps_hash_and_length(void **state)
{
	(void)state;
	const char *path = kept_path("silent.db");
	struct recorder *recorder = start_with(path, false);
	const struct store_value prompt[] = {
		store_text("digest"), store_text("the question"), store_integer(12)};
	recorder_write(recorder, "prompt", prompt, 3);
	give(recorder, 1, answered());
	finish(recorder, "done");
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT answer FROM request_metrics", NULL);
	kept_is_number(store, "SELECT chars FROM request_metrics", 9);
	kept_is_number(store, "SELECT length(answer_hash) FROM request", 64);
	kept_is_text(store, "SELECT text FROM prompts", NULL);
	kept_is_number(store, "SELECT chars FROM prompts", 12);
	store_close(store);
}

/* Case H3: nothing that anybody writes holds the key. */
static void secrets_are_replaced_everywhere(void **state)
{
	(void)state;
	const char *path = kept_path("secret.db");
	assert_true(secret_add("sk-test-CANARY-123"));
	struct error error = {0};
	const struct recorder_run run = {.scenario = "s",
		.keep_text = true,
		.command_line = "bench run --key sk-test-CANARY-123",
		.options_json = "{\"url\":\"http://u:sk-test-CANARY-123@h\"}",
		.script_text = "local key = 'sk-test-CANARY-123'"};
	struct recorder *recorder = recorder_start(path, &run, &error);
	assert_non_null(recorder);
	struct exchange *exchange = answered();
	exchange_fail(exchange, OUTCOME_FAILED, "http_401", "Incorrect API key: %s",
		"sk-test-CANARY-123");
	buffer_text(&exchange->answers[0].content, " sk-test-CANARY-123");
	give(recorder, 1, exchange);
	const struct store_value note[] = {store_text("k"), store_text("x sk-test-CANARY-123 y")};
	recorder_write(recorder, "note", note, 2);
	finish(recorder, "done");
	char command[600];
	snprintf(command, sizeof command, "! grep -q CANARY '%s'*", path);
	assert_int_equal(system(command), 0);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT value FROM notes", "x [secret] y");
	kept_is_text(store, "SELECT answer FROM request_metrics", "an answer [secret]");
	store_close(store);
}

static void two_runs_at_once_both_say_so(void **state)
{
	(void)state;
	const char *path = kept_path("both.db");
	struct recorder *first = start(path), *second = start(path);
	assert_int_equal(recorder_other_run(first), 0);
	assert_int_equal(recorder_other_run(second), 1);
	for (int i = 1; i <= 50; i++) {
		give(first, i, answered());
		give(second, i, answered());
	}
	finish(first, "done");
	finish(second, "done");
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(
		store, "SELECT count(DISTINCT run) FROM warnings WHERE code = 'two_runs'", 2);
	kept_is_number(store, "SELECT count(*) FROM request_metrics", 100);
	store_close(store);
}

static void snapshots_are_asked_for_once_a_second(void **state)
{
	(void)state;
	struct recorder *recorder = start(kept_path("ask.db"));
	assert_false(recorder_wants_snapshots(recorder));
	assert_false(recorder_full(recorder));
	int asked = 0;
	for (int64_t end = clock_now_ns() + 4 * CLOCK_SECOND_NS;
		clock_now_ns() < end && asked < 2;) {
		asked += recorder_wants_snapshots(recorder);
		usleep(10000);
	}
	assert_int_equal(asked, 2);
	finish(recorder, "done");
}

/* However many are in flight, few of them are in memory twice. */
static void snapshots_wait_for_those_before_them(void **state)
{
	(void)state;
	struct recorder *recorder = start(kept_path("behind.db"));
	assert_false(recorder_is_behind(recorder));
	int given = 0;
	for (; !recorder_is_behind(recorder); given++)
		give(recorder, given + 1, kept_exchange(clock_now_ns()));
	assert_in_range(given, 100, 10000);
	recorder_write_soon(recorder);
	for (int64_t end = clock_now_ns() + 20 * CLOCK_SECOND_NS;
		recorder_is_behind(recorder) && clock_now_ns() < end;)
		usleep(1000);
	assert_false(recorder_is_behind(recorder));
	finish(recorder, "done");
}

/* What is in flight and ends before it is written: only the end is. The trigger notes each row that
 * is written over; where the thread wakes in between, one may be. */
static void what_ended_meanwhile_is_written_once(void **state)
{
	(void)state;
	const char *path = kept_path("once.db");
	struct recorder *recorder = start(path);
	struct store *store = kept_open(path, STORE_WRITE);
	kept_do(store, "CREATE TRIGGER twice AFTER UPDATE ON request BEGIN INSERT INTO note (run, "
		       "key) VALUES (new.run, 'twice'); END");
	for (int i = 1; i <= 40; i++)
		give(recorder, i, kept_exchange(clock_now_ns()));
	for (int i = 39; i >= 1; i--)
		give(recorder, i, answered());
	assert_true(recorder_flush(recorder, NULL));
	kept_is_number(store, "SELECT count(*) <= 1 FROM notes", 1);
	kept_is_number(store, "SELECT count(*) FROM request WHERE outcome = 'ok'", 39);
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 40", "running");
	kept_do(store, "DROP TRIGGER twice");
	store_close(store);
	finish(recorder, "done");
}

/* The log of a long run begins anew at 256 MiB. */
static void the_log_does_not_grow_for_ever(void **state)
{
	(void)state;
	const size_t size = (size_t)40 << 20;
	const char *path = kept_path("long.db");
	char log[500], *text = malloc(size);
	memset(text, 'x', size);
	struct recorder *recorder = start(path);
	for (int i = 0; i < 10; i++) {
		const struct store_value note[] = {store_text("long"), store_bytes(text, size)};
		recorder_write(recorder, "note", note, 2);
		assert_true(recorder_flush(recorder, NULL));
	}
	struct stat status;
	snprintf(log, sizeof log, "%s-wal", path);
	assert_int_equal(stat(log, &status), 0);
	assert_in_range(status.st_size, 256 << 20, 256 * 1.3 * (1 << 20));
	finish(recorder, "done");
	free(text);
}

/* --- what cannot be written ------------------------------------------------------------------- */

static void a_wrong_row_alone_is_set_aside(void **state)
{
	(void)state;
	const char *path = kept_path("wrong.db");
	struct recorder *recorder = start(path);
	const struct store_value bad[] = {store_null(), store_text("check"), store_integer(7)};
	const struct store_value good[] = {store_null(), store_text("check"), store_integer(1)};
	recorder_write(recorder, "check", good, 3);
	recorder_write(recorder, "check", bad, 3);
	recorder_write(recorder, "check", good, 3);
	struct error error = {0};
	assert_false(recorder_flush(recorder, &error));
	assert_non_null(strstr(error.message, ".rescue.sql"));
	assert_false(recorder_finish(recorder, "done", &error));
	assert_int_equal(error.code, ERROR_STORE);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT count(*) FROM checks", 2);
	kept_is_text(store, "SELECT status FROM runs", "failed");
	store_close(store);
}

static void an_unknown_statement_is_an_error(void **state)
{
	(void)state;
	struct error error = {0};
	struct recorder *recorder = start(kept_path("unknown.db"));
	recorder_write(recorder, "no_such_statement", NULL, 0);
	assert_false(recorder_finish(recorder, "done", &error));
	assert_non_null(strstr(error.message, "no_such_statement"));
}

/* Ends with 0 where what the run says at its end holds the words. */
static void record_until_full(const char *path, int count, const char *words)
{
	signal(SIGXFSZ, SIG_IGN);
	if (chdir("/proc") != 0) /* where nobody can make a file */
		_exit(9);
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	struct recorder *recorder = start(path);
	struct rlimit limit = {.rlim_cur = 900 << 10, .rlim_max = RLIM_INFINITY};
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(9);
	for (int i = 1; i <= count; i++) {
		struct exchange *exchange = answered();
		for (int k = 0; k < 100; k++)
			buffer_text(&exchange->answers[0].content, " it's quoted; -- and\nlong");
		give(recorder, i, exchange);
		if (i % 100 == 0)
			recorder_flush(recorder, NULL);
	}
	struct error error = {0};
	bool kept = recorder_finish(recorder, "done", &error);
	bool told = error.code == ERROR_STORE && strstr(error.message, words) != NULL;
	_exit(!kept && told ? 0 : 1);
}

/* The disk is full (here: the file may not grow): what it cannot take is beside it, as SQL that
 * puts it back, and no row is in neither place. */
static void a_full_disk_loses_nothing(void **state)
{
	(void)state;
	const char *path = kept_path("full.db");
	setenv("TMPDIR", kept_folder, 1);
	pid_t child = fork();
	if (child == 0)
		record_until_full(path, 300, "rescue.sql");
	assert_int_equal(kept_wait(child), 0);
	char command[1500];
	snprintf(command, sizeof command,
		"cd '%s' && for file in full.db.rescue.sql full.db.*.rescue.sql; do [ ! -e "
		"\"$file\" ] || sqlite3 full.db < \"$file\" || exit 1; done",
		kept_folder);
	assert_int_equal(system(command), 0);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT count(*) FROM request_metrics", 300);
	kept_is_number(store,
		"SELECT count(*) FROM request_metrics WHERE outcome = 'ok' AND chars = 2509", 300);
	kept_is_number(store, "SELECT count(*) FROM events", 600);
	kept_is_text(store, "SELECT status FROM runs", "failed");
	store_close(store);
	unsetenv("TMPDIR");
}

/* No side file can take it all either: that is said, with the number of rows. */
static void what_is_lost_is_said(void **state)
{
	(void)state;
	setenv("TMPDIR", kept_folder, 1);
	pid_t child = fork();
	if (child == 0)
		record_until_full(kept_path("lost.db"), 700, "rows are LOST");
	assert_int_equal(kept_wait(child), 0);
	unsetenv("TMPDIR");
	struct store *store = kept_open(kept_path("lost.db"), STORE_READ);
	kept_is_text(store, "PRAGMA integrity_check", "ok");
	store_close(store);
}

/* Case H2 b: another process keeps the lock for longer than we wait. What ended meanwhile is in the
 * side file, while the database has it in flight. */
static void a_lock_that_stays_loses_nothing(void **state)
{
	(void)state;
	const char *path = kept_path("stays.db");
	struct error error = {0};
	struct recorder *recorder = start(path);
	give(recorder, 1, kept_exchange(clock_now_ns()));
	assert_true(recorder_flush(recorder, &error));
	struct store *holder = store_connect(path, STORE_WRITE, false, &error);
	assert_non_null(holder);
	assert_true(store_begin(holder, &error));
	give(recorder, 1, answered());
	assert_false(recorder_flush(recorder, &error)); /* 10 s */
	assert_non_null(strstr(error.message, "stayed locked"));
	store_rollback(holder);
	store_close(holder);
	give(recorder, 2, answered());
	assert_false(recorder_finish(recorder, "done", &error));
	char command[1500];
	snprintf(command, sizeof command, "sqlite3 '%s' < '%s.rescue.sql'", path, path);
	assert_int_equal(system(command), 0);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT count(*) FROM request_metrics WHERE outcome = 'ok'", 2);
	store_close(store);
}

static void a_database_that_cannot_be_is_refused(void **state)
{
	(void)state;
	struct error error = {0};
	const struct recorder_run run = {.scenario = "s"};
	assert_null(recorder_start(kept_path("no/such/folder.db"), &run, &error));
	assert_int_equal(error.code, ERROR_STORE);
}

/* --- processes that end ----------------------------------------------------------------------- */

/* Tells the parent each number that was committed. */
static void record_for_ever(const char *path, int tell)
{
	struct recorder *recorder = start(path);
	for (int64_t seq = 1;; seq++) {
		struct recorder_context context = context_of(seq);
		struct exchange *running = kept_exchange(clock_now_ns());
		recorder_request(recorder, &context, running);
		exchange_free(running);
		if (seq > 1)
			give(recorder, seq - 1, answered());
		if (seq % 10 == 0 && recorder_flush(recorder, NULL) &&
			write(tell, &seq, sizeof seq) != sizeof seq)
			_exit(1);
	}
}

static int64_t kill_one(const char *path, useconds_t after_us)
{
	int told[2];
	int64_t seq, last = 0;
	assert_int_equal(pipe(told), 0);
	pid_t child = fork();
	if (child == 0)
		record_for_ever(path, told[1]);
	close(told[1]);
	assert_int_equal(read(told[0], &last, sizeof last), sizeof last);
	usleep(after_us);
	kill(child, SIGKILL);
	assert_int_equal(kept_wait(child), -SIGKILL);
	while (read(told[0], &seq, sizeof seq) == sizeof seq)
		last = seq;
	close(told[0]);
	return last;
}

/* Case E7: every committed row is there, the run reads as crashed, what was in flight as
 * incomplete. */
static void a_killed_run_stays_readable(void **state)
{
	(void)state;
	const char *path = kept_path("killed.db");
	for (int i = 1; i <= 10; i++) {
		int64_t last = kill_one(path, (useconds_t)(i * 7919 % 60) * 1000);
		struct store *store = kept_open(path, STORE_READ);
		char sql[256];
		snprintf(sql, sizeof sql, "SELECT status FROM runs WHERE run = %d", i);
		kept_is_text(store, sql, "crashed");
		snprintf(sql, sizeof sql,
			"SELECT count(*) FROM request_metrics WHERE run = %d AND outcome = 'ok' "
			"AND seq < %lld",
			i, (long long)last);
		kept_is_number(store, sql, (double)last - 1);
		snprintf(sql, sizeof sql,
			"SELECT count(*) = 1 FROM request WHERE run = %d AND outcome = "
			"'incomplete'",
			i);
		kept_is_number(store, sql, 1);
		snprintf(sql, sizeof sql,
			"SELECT n >= %lld FROM run_summary WHERE run = %d AND metric = 'ttft'",
			(long long)last - 1, i);
		kept_is_number(store, sql, 1);
		kept_is_text(store, "PRAGMA integrity_check", "ok");
		store_close(store);
	}
}

static int64_t turn_began(void *context)
{
	return *(int64_t *)context;
}

static void last_words(void *context, int64_t stuck_ns)
{
	(void)context;
	if (stuck_ns < 300 * MS)
		_exit(8);
}

/* What a child holds when it ends at once is no leak. */
static struct recorder *volatile held;

static void get_stuck(const char *path, bool interrupted)
{
	static int64_t began_ns;
	struct recorder *recorder = held = start(path);
	const struct recorder_watch watch = {.turn_began_ns = turn_began,
		.last_words = last_words,
		.context = &began_ns,
		.limit_ns = interrupted ? 60 * CLOCK_SECOND_NS : 300 * MS,
		.code = 3};
	began_ns = clock_now_ns();
	recorder_watch(recorder, &watch);
	give(recorder, 1, answered());
	if (interrupted)
		recorder_interrupt(recorder, 130);
	sleep(20);
	_exit(9);
}

/* Case I3: rows already measured stay. */
static void a_stuck_loop_is_ended(void **state)
{
	(void)state;
	const char *path = kept_path("stuck.db");
	for (int i = 0; i < 2; i++) {
		int64_t began_ns = clock_now_ns();
		pid_t child = fork();
		if (child == 0)
			get_stuck(path, i == 1);
		assert_int_equal(kept_wait(child), i == 1 ? 130 : 3);
		assert_true(clock_now_ns() - began_ns < 15 * CLOCK_SECOND_NS);
	}
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT status FROM runs WHERE run = 1", "failed");
	kept_is_text(store, "SELECT status FROM runs WHERE run = 2", "interrupted");
	kept_is_number(store, "SELECT count(*) FROM request_metrics WHERE outcome = 'ok'", 2);
	kept_is_number(store, "SELECT count(*) FROM run_summary WHERE metric = 'ttft'", 2);
	store_close(store);
}

static atomic_bool speaks;

static void speak_long(void *context, int64_t stuck_ns)
{
	(void)context, (void)stuck_ns;
	atomic_store(&speaks, true);
	usleep(300000);
}

/* A script that ends just then must not take from the watchdog what it speaks of. */
static void nobody_takes_the_watch_from_who_ends_the_process(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		static int64_t began_ns;
		struct recorder *recorder = held = start(kept_path("raced.db"));
		struct recorder_watch watch = {.turn_began_ns = turn_began,
			.last_words = speak_long,
			.context = &began_ns,
			.limit_ns = 50 * MS,
			.code = 3};
		began_ns = clock_now_ns();
		recorder_watch(recorder, &watch);
		while (!atomic_load(&speaks))
			usleep(1000);
		watch = (struct recorder_watch){.limit_ns = 0};
		recorder_watch(recorder, &watch);
		_exit(9);
	}
	assert_int_equal(kept_wait(child), 3);
}

static void a_loop_that_waits_is_left_alone(void **state)
{
	(void)state;
	static int64_t began_ns = 0;
	struct recorder *recorder = start(kept_path("waits.db"));
	const struct recorder_watch watch = {
		.turn_began_ns = turn_began, .context = &began_ns, .limit_ns = 50 * MS, .code = 3};
	recorder_watch(recorder, &watch);
	usleep(400000);
	finish(recorder, "done");
}

static void a_second_interrupt_ends_at_once(void **state)
{
	(void)state;
	const char *path = kept_path("abandon.db");
	pid_t child = fork();
	if (child == 0) {
		struct recorder *recorder = held = start(path);
		give(recorder, 1, answered());
		give(recorder, 2, kept_exchange(clock_now_ns()));
		recorder_abandon(recorder, 130);
	}
	assert_int_equal(kept_wait(child), 130);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT status FROM runs", "interrupted");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 1", "ok");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 2", "incomplete");
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_and_its_requests_are_kept), cmocka_unit_test(texts_survive),
		cmocka_unit_test(a_request_in_flight_is_replaced),
		cmocka_unit_test(impossible_times_are_unknown),
		cmocka_unit_test(no_text_keeps_hash_and_length),
		cmocka_unit_test(two_runs_at_once_both_say_so),
		cmocka_unit_test(snapshots_are_asked_for_once_a_second),
		cmocka_unit_test(snapshots_wait_for_those_before_them),
		cmocka_unit_test(what_ended_meanwhile_is_written_once),
		cmocka_unit_test(the_log_does_not_grow_for_ever),
		cmocka_unit_test(a_wrong_row_alone_is_set_aside),
		cmocka_unit_test(an_unknown_statement_is_an_error),
		cmocka_unit_test(a_full_disk_loses_nothing), cmocka_unit_test(what_is_lost_is_said),
		cmocka_unit_test(a_lock_that_stays_loses_nothing),
		cmocka_unit_test(a_database_that_cannot_be_is_refused),
		cmocka_unit_test(a_killed_run_stays_readable),
		cmocka_unit_test(a_stuck_loop_is_ended),
		cmocka_unit_test(nobody_takes_the_watch_from_who_ends_the_process),
		cmocka_unit_test(a_loop_that_waits_is_left_alone),
		cmocka_unit_test(a_second_interrupt_ends_at_once),
		cmocka_unit_test(secrets_are_replaced_everywhere), /* last: the key stays known */
	};
	return RUN_KEPT(tests);
}
