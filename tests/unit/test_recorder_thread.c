/* Processes that end: killed, stuck or interrupted, what they had given is kept. */
#include "recording.h"

#include "base/alarm.h"
#include "base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* Tells the parent each number that was committed. */
static void record_for_ever(const char *path, int tell)
{
	struct recorder *recorder = recording_start(path);
	for (int64_t seq = 1;; seq++) {
		struct recorder_context context = recording_context(seq);
		struct exchange *running = kept_exchange(clock_now_ns());
		recorder_request(recorder, &context, running);
		exchange_free(running);
		if (seq > 1)
			recording_give(recorder, seq - 1, recording_answered());
		if (seq % 10 == 0 && recording_flush(recorder, NULL) &&
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
	if (stuck_ns < 300 * MS)
		_exit(8);
}

/* What a child holds when it ends at once is no leak. */
static struct recorder *volatile held;

static void get_stuck(const char *path, bool interrupted)
{
	static int64_t began_ns;
	struct recorder *recorder = held = recording_start(path);
	const struct recorder_watch watch = {.turn_began_ns = turn_began,
		.last_words = last_words,
		.context = &began_ns,
		.limit_ns = interrupted ? 200 * CLOCK_SECOND_NS : 300 * MS,
		.code = 3};
	began_ns = clock_now_ns();
	recorder_watch(recorder, &watch);
	recording_give(recorder, 1, recording_answered());
	if (interrupted)
		recorder_interrupt(recorder, 130);
	sleep(300);
	_exit(9);
}

/* Case I3: rows already measured stay. */
static void a_stuck_loop_is_ended(void **state)
{
	const char *path = kept_path("stuck.db");
	for (int i = 0; i < 2; i++) {
		pid_t child = fork();
		if (child == 0)
			get_stuck(path, i == 1);
		assert_int_equal(kept_wait(child), i == 1 ? 130 : 3);
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
	atomic_store(&speaks, true);
	usleep(300000);
}

/* A script that ends just then must not take from the watchdog what it speaks of. */
static void nobody_takes_the_watch_from_who_ends_the_process(void **state)
{
	pid_t child = fork();
	if (child == 0) {
		static int64_t began_ns;
		struct recorder *recorder = held = recording_start(kept_path("raced.db"));
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
	static int64_t began_ns = 0;
	struct recorder *recorder = recording_start(kept_path("waits.db"));
	const struct recorder_watch watch = {
		.turn_began_ns = turn_began, .context = &began_ns, .limit_ns = 50 * MS, .code = 3};
	recorder_watch(recorder, &watch);
	usleep(400000);
	recording_finish(recorder, "done");
}

/* A statement that counts that far stands for a disk that takes its time, one without an end for a
 * disk that does not answer. */
static struct recorder *record_slowly(const char *path, const char *how_far)
{
	interrupt_block();
	struct recorder *recorder = held = recording_start(path);
	struct store *store = kept_open(path, STORE_WRITE);
	kept_do(store,
		"CREATE TRIGGER slow AFTER INSERT ON request BEGIN SELECT count(*) FROM "
		"(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c%s) SELECT x "
		"FROM c); END",
		how_far);
	store_close(store);
	recording_give(recorder, 1, recording_answered());
	return recorder;
}

static void ring(void *context)
{
}

/* Not before what is queued is kept, whatever signal comes to the thread that waits for it. */
static void a_second_interrupt_ends_at_once(void **state)
{
	const char *path = kept_path("abandon.db");
	pid_t child = fork();
	if (child == 0) {
		struct recorder *recorder = record_slowly(path, " WHERE x < 50000");
		recording_give(recorder, 2, kept_exchange(clock_now_ns()));
		alarm_enter(ring, NULL);
		recorder_abandon(recorder, 130);
	}
	assert_int_equal(kept_wait(child), 130);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_text(store, "SELECT status FROM runs", "interrupted");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 1", "ok");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 2", "incomplete");
	store_close(store);
}

static void a_database_that_does_not_answer_keeps_nobody(void **state)
{
	pid_t child = fork();
	if (child == 0)
		recorder_abandon(record_slowly(kept_path("endless.db"), ""), 130);
	assert_int_equal(kept_wait(child), 130);
	child = fork();
	if (child == 0) {
		struct recorder *recorder = record_slowly(kept_path("endless2.db"), "");
		interrupt_again();
		usleep(150000);
		kill(getpid(), SIGTERM);
		recorder_finish(recorder, "interrupted", NULL);
		_exit(9);
	}
	assert_int_equal(kept_wait(child), 143);
}

static void what_comes_right_behind_an_interrupt_is_not_another(void **state)
{
	int64_t began_ns = clock_now_ns();
	assert_false(interrupt_again());
	bool again = interrupt_again();
	assert_true(!again || clock_now_ns() - began_ns > 100 * MS);
	usleep(100000);
	assert_true(interrupt_again());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_killed_run_stays_readable),
		cmocka_unit_test(a_stuck_loop_is_ended),
		cmocka_unit_test(nobody_takes_the_watch_from_who_ends_the_process),
		cmocka_unit_test(a_loop_that_waits_is_left_alone),
		cmocka_unit_test(a_second_interrupt_ends_at_once),
		cmocka_unit_test(a_database_that_does_not_answer_keeps_nobody),
		cmocka_unit_test(what_comes_right_behind_an_interrupt_is_not_another),
	};
	return RUN_KEPT(tests);
}
