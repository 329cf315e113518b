/* What the recorder keeps of a run and its requests, and when it writes it. */
#include "recording.h"

#include "base/secret.h"

#include <sys/stat.h>

static void a_run_and_its_requests_are_kept(void **state)
{
	const char *path = kept_path("kept.db");
	int64_t before = clock_now_ns();
	struct recorder *recorder = recording_start(path);
	assert_int_equal(recorder_run_number(recorder), 1);
	const char *uuid = recorder_uuid(recorder);
	assert_int_equal(strlen(uuid), 36);
	assert_true(uuid[14] == '4' && strchr("89ab", uuid[19]) != NULL); /* RFC 9562 */
	assert_int_equal(recorder_other_run(recorder), 0);
	const struct store_value note[] = {store_text("weather"), store_text("fine")};
	recorder_write(recorder, "note", note, 2);
	recording_give(recorder, 1, recording_answered());
	struct error error = {0};
	assert_true(recording_flush(recorder, &error));
	struct store *store = kept_open(path, STORE_READ); /* while it runs */
	double alive = kept_number(store, "SELECT alive_ns FROM run");
	assert_true(alive > 0 && alive <= (double)(clock_now_ns() - before));
	kept_is_text(store, "SELECT status FROM runs", "running");
	kept_is_number(store, "SELECT ttft_ms FROM request_metrics", 100);
	kept_is_text(store, "SELECT value FROM notes", "fine");
	store_close(store);
	recording_finish(recorder, "done");
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
	const char *path = kept_path("texts.db");
	struct recorder *recorder = recording_start(path);
	struct exchange *exchange = recording_answered();
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
	recording_give(recorder, 1, exchange);
	const struct store_value bytes[] = {store_text("k"), store_bytes("a\xFF\xFE", 3)};
	recorder_write(recorder, "note", bytes, 2);
	recording_finish(recorder, "done");
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
	const char *path = kept_path("flight.db");
	struct recorder *recorder = recording_start(path);
	struct exchange *early = kept_exchange(clock_now_ns());
	kept_event(early, 100 * MS, 1, CHANNEL_REASONING);
	recording_give(recorder, 1, early);
	struct exchange *planned = exchange_new();
	planned->t_sched = clock_now_ns();
	recording_give(recorder, 2, planned);
	assert_true(recording_flush(recorder, NULL));
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT outcome FROM request_metrics WHERE seq = 1", "incomplete");
	kept_is_number(store, "SELECT count(*) FROM events", 1);
	kept_is_number(store, "SELECT start_ms FROM request_metrics WHERE seq = 2", NAN);
	double id = kept_number(store, "SELECT request FROM request_metrics WHERE seq = 1");
	store_close(store);
	recording_give(recorder, 3, recording_answered());
	assert_true(recording_flush(recorder, NULL));
	struct exchange *retry = kept_exchange(clock_now_ns());
	retry->attempts = 2; /* nothing came yet */
	recording_give(recorder, 3, retry);
	recording_give(recorder, 1, recording_answered());
	recording_finish(recorder, "interrupted");
	store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT request FROM request_metrics WHERE seq = 1", id);
	kept_is_text(store, "SELECT outcome FROM request_metrics WHERE seq = 1", "ok");
	kept_is_number(store, "SELECT count(*) FROM events", 2);
	kept_is_text(store, "SELECT channel FROM events WHERE seq = 1", "content");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 2", "incomplete");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 3", "incomplete");
	store_close(store);
}

static void the_answer_of_a_plain_request_is_its_body(void **state)
{
	const char *path = kept_path("plain.db");
	struct recorder *recorder = recording_start(path);
	struct exchange *exchange = kept_exchange(clock_now_ns());
	buffer_text(&exchange->body, "a page");
	snprintf(exchange->http_version, sizeof exchange->http_version, "2");
	kept_end(exchange, 130 * MS, 0);
	recording_give(recorder, 1, exchange);
	recording_finish(recorder, "done");
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT answer FROM request_metrics", "a page");
	kept_is_text(store, "SELECT http_version FROM request_metrics", "2");
	store_close(store);
}

/* A time before the start cannot be; the row is kept all the same. */
static void impossible_times_are_unknown(void **state)
{
	const char *path = kept_path("times.db");
	struct recorder *recorder = recording_start(path);
	struct exchange *exchange = recording_answered();
	exchange->t_headers = exchange->t_start - 1;
	exchange->t_sched = exchange->t_start + 200;
	recording_give(recorder, 1, exchange);
	recording_finish(recorder, "done");
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT headers_ms FROM request_metrics", NAN);
	kept_is_number(store, "SELECT wait_ms FROM request_metrics", 0);
	store_close(store);
}

static void no_text_keeps_hash_and_length(void **state)
{
	const char *path = kept_path("silent.db");
	struct recorder *recorder = recording_start_with(path, false);
	const struct store_value prompt[] = {
		store_text("digest"), store_text("the question"), store_integer(12)};
	recorder_write(recorder, "prompt", prompt, 3);
	recording_give(recorder, 1, recording_answered());
	recording_finish(recorder, "done");
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
	struct exchange *exchange = recording_answered();
	exchange_fail(exchange, OUTCOME_FAILED, "http_401", "Incorrect API key: %s",
		"sk-test-CANARY-123");
	buffer_text(&exchange->answers[0].content, " sk-test-CANARY-123");
	recording_give(recorder, 1, exchange);
	const struct store_value note[] = {store_text("k"), store_text("x sk-test-CANARY-123 y")};
	recorder_write(recorder, "note", note, 2);
	recording_finish(recorder, "done");
	kept_shell("! grep -q CANARY '%s'*", path);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT value FROM notes", "x [secret] y");
	kept_is_text(store, "SELECT answer FROM request_metrics", "an answer [secret]");
	store_close(store);
}

/* A key that the script says before the first commit stands in no file at any time. */
static void nothing_is_kept_before_the_script_has_begun(void **state)
{
	const char *path = kept_path("begun.db");
	struct error error = {0};
	const struct recorder_run run = {.scenario = "s",
		.command_line = "bench run s.lua --word sk-first-CANARY",
		.script_text = "local word = 'sk-first-CANARY'"};
	int64_t began = clock_now_ns();
	struct recorder *recorder = recorder_start(path, &run, &error);
	assert_non_null(recorder);
	secret_add("sk-first-CANARY");
	bool is_early = clock_now_ns() - began < CLOCK_SECOND_NS / 2;
	assert_true(recording_flush(recorder, NULL));
	if (is_early)
		kept_shell("! grep -q CANARY '%s'*", path);
	recording_finish(recorder, "done");
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT script FROM run", "local word = '[secret]'");
	kept_is_text(store, "SELECT command_line FROM run", "bench run s.lua --word [secret]");
	store_close(store);
}

static void two_runs_at_once_both_say_so(void **state)
{
	const char *path = kept_path("both.db");
	struct recorder *first = recording_start(path), *second = recording_start(path);
	assert_int_equal(recorder_other_run(first), 0);
	assert_int_equal(recorder_other_run(second), 1);
	for (int i = 1; i <= 50; i++) {
		recording_give(first, i, recording_answered());
		recording_give(second, i, recording_answered());
	}
	recording_finish(first, "done");
	recording_finish(second, "done");
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(
		store, "SELECT count(DISTINCT run) FROM warnings WHERE code = 'two_runs'", 2);
	kept_is_number(store, "SELECT count(*) FROM request_metrics", 100);
	store_close(store);
}

static void snapshots_are_asked_for_once_a_second(void **state)
{
	struct recorder *recorder = recording_start(kept_path("ask.db"));
	assert_false(recorder_wants_snapshots(recorder));
	assert_false(recorder_full(recorder));
	int asked = 0;
	for (int64_t end = clock_now_ns() + 60 * CLOCK_SECOND_NS;
		clock_now_ns() < end && asked < 2;) {
		asked += recorder_wants_snapshots(recorder);
		usleep(10000);
	}
	assert_int_equal(asked, 2);
	recording_finish(recorder, "done");
}

/* However many are in flight, few of them are in memory twice. */
static void snapshots_wait_for_those_before_them(void **state)
{
	struct recorder *recorder = recording_start(kept_path("behind.db"));
	assert_false(recorder_is_behind(recorder));
	int given = 0;
	for (; !recorder_is_behind(recorder); given++)
		recording_give(recorder, given + 1, kept_exchange(clock_now_ns()));
	assert_in_range(given, 100, 10000);
	recorder_write_soon(recorder);
	for (int64_t end = clock_now_ns() + 300 * CLOCK_SECOND_NS;
		recorder_is_behind(recorder) && clock_now_ns() < end;)
		usleep(1000);
	assert_false(recorder_is_behind(recorder));
	recording_finish(recorder, "done");
}

/* Rows come as fast as a loop of a script writes them, which the disk does not keep up with. */
static void rows_wait_for_the_disk(void **state)
{
	static char text[1 << 20];
	memset(text, 'a', sizeof text);
	const struct store_value note[] = {store_text("key"), store_bytes(text, sizeof text)};
	struct recorder *recorder = recording_start(kept_path("rows.db"));
	for (int i = 0; i < 256; i++) {
		recorder_write(recorder, "note", note, 2);
		assert_in_range(
			atomic_load(&recorder->queued), 0, RECORDER_ROWS_LIMIT + 2 * sizeof text);
	}
	recording_finish(recorder, "done");
}

/* What is in flight and ends before it is written: only the end is. The trigger notes each row that
 * is written over; where the thread wakes in between, one may be. */
static void what_ended_meanwhile_is_written_once(void **state)
{
	const char *path = kept_path("once.db");
	struct recorder *recorder = recording_start(path);
	struct store *store = kept_open(path, STORE_WRITE);
	kept_do(store, "CREATE TRIGGER twice AFTER UPDATE ON request BEGIN INSERT INTO note (run, "
		       "key) VALUES (new.run, 'twice'); END");
	for (int i = 1; i <= 40; i++)
		recording_give(recorder, i, kept_exchange(clock_now_ns()));
	for (int i = 39; i >= 1; i--)
		recording_give(recorder, i, recording_answered());
	assert_true(recording_flush(recorder, NULL));
	kept_is_number(store, "SELECT count(*) <= 1 FROM notes", 1);
	kept_is_number(store, "SELECT count(*) FROM request WHERE outcome = 'ok'", 39);
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 40", "running");
	kept_do(store, "DROP TRIGGER twice");
	store_close(store);
	recording_finish(recorder, "done");
}

/* The log of a long run begins anew at 256 MiB. */
static void the_log_does_not_grow_for_ever(void **state)
{
	const size_t size = (size_t)40 << 20;
	const char *path = kept_path("long.db");
	char log[500], *text = malloc(size);
	memset(text, 'x', size);
	struct recorder *recorder = recording_start(path);
	for (int i = 0; i < 10; i++) {
		const struct store_value note[] = {store_text("long"), store_bytes(text, size)};
		recorder_write(recorder, "note", note, 2);
		assert_true(recording_flush(recorder, NULL));
	}
	struct stat status;
	snprintf(log, sizeof log, "%s-wal", path);
	assert_int_equal(stat(log, &status), 0);
	assert_in_range(status.st_size, 256 << 20, 256 * 1.3 * (1 << 20));
	recording_finish(recorder, "done");
	free(text);
}

static bool file_holds(const char *path, const char *text)
{
	static char bytes[1 << 20];
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	assert_in_range(size, 1, sizeof bytes - 1);
	return memmem(bytes, size, text, strlen(text)) != NULL;
}

/* A script says which of its words is a key when it has begun and stands in the file. */
static void a_secret_learnt_later_is_taken_out(void **state)
{
	const char *path = kept_path("learnt.db");
	struct recorder *recorder = recording_start(path);
	recording_give(recorder, 1, recording_answered());
	assert_true(recording_flush(recorder, NULL));
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT script FROM run", "-- a script");
	store_close(store);
	secret_add("a script");
	recording_finish(recorder, "done");
	store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT script FROM run", "-- [secret]");
	kept_is_text(store, "SELECT label FROM runs", "nightly");
	store_close(store);
	assert_true(file_holds(path, "nightly"));
	assert_false(file_holds(path, "a script"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_and_its_requests_are_kept),
		cmocka_unit_test(texts_survive),
		cmocka_unit_test(a_request_in_flight_is_replaced),
		cmocka_unit_test(the_answer_of_a_plain_request_is_its_body),
		cmocka_unit_test(impossible_times_are_unknown),
		cmocka_unit_test(no_text_keeps_hash_and_length),
		cmocka_unit_test(nothing_is_kept_before_the_script_has_begun),
		cmocka_unit_test(two_runs_at_once_both_say_so),
		cmocka_unit_test(snapshots_are_asked_for_once_a_second),
		cmocka_unit_test(snapshots_wait_for_those_before_them),
		cmocka_unit_test(rows_wait_for_the_disk),
		cmocka_unit_test(what_ended_meanwhile_is_written_once),
		cmocka_unit_test(the_log_does_not_grow_for_ever),
		cmocka_unit_test(secrets_are_replaced_everywhere), /* last: the keys stay known */
		cmocka_unit_test(a_secret_learnt_later_is_taken_out),
	};
	return RUN_KEPT(tests);
}
