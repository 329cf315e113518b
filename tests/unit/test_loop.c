#include "unit.h"

#include "base/clock.h"
#include "base/random.h"
#include "net/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct loop *loop;
static char trace[256];
static size_t traced;

static int set_up(void **state)
{
	loop = loop_new(NULL);
	traced = 0;
	return loop ? 0 : -1;
}

static int tear_down(void **state)
{
	loop_free(loop);
	return 0;
}

static void note(char letter)
{
	trace[traced++] = letter;
	trace[traced] = '\0';
}

static void stop(void *context)
{
	loop_stop(loop);
}

/* ---- timers ---- */

static void on_letter(void *context)
{
	note(*(const char *)context);
}

static void test_timers_fire_in_order_of_deadline(void **state)
{
	int64_t now = clock_now_ns();
	struct loop_timer timers[] = {{.fn = on_letter, .context = "c"},
		{.fn = on_letter, .context = "a"}, {.fn = on_letter, .context = "b"}, {.fn = stop}};
	loop_timer_set(loop, &timers[0], now + 3000000);
	loop_timer_set(loop, &timers[1], now + 1000000);
	loop_timer_set(loop, &timers[2], now + 2000000);
	loop_timer_set(loop, &timers[3], now + 4000000);
	loop_run(loop);
	assert_string_equal(trace, "abc");
	assert_true(clock_now_ns() >= now + 4000000);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(timers[i].position, 0);
}

static void test_equal_deadlines_keep_their_order(void **state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	struct loop_timer timers[26], end = {.fn = stop};
	int64_t deadline = clock_now_ns() + 1000000;
	for (size_t i = 0; i < 26; i++) {
		timers[i] = (struct loop_timer){.fn = on_letter, .context = (void *)&letters[i]};
		loop_timer_set(loop, &timers[i], deadline);
	}
	loop_timer_set(loop, &end, deadline);
	loop_run(loop);
	assert_string_equal(trace, letters);
}

#define MANY 500
static struct loop_timer many[MANY];
static int64_t last_deadline;
static size_t fired;

static void on_many(void *context)
{
	const struct loop_timer *timer = context;
	assert_true(timer->deadline_ns >= last_deadline);
	last_deadline = timer->deadline_ns;
	fired++;
}

static void test_a_heap_of_timers_survives_setting_and_clearing(void **state)
{
	struct random random;
	struct loop_timer end = {.fn = stop};
	size_t armed = 0;
	random_seed(&random, 7, 0);
	int64_t now = clock_now_ns();
	last_deadline = 0;
	fired = 0;
	for (size_t i = 0; i < MANY; i++)
		many[i] = (struct loop_timer){.fn = on_many, .context = &many[i]};
	for (int step = 0; step < 5000; step++) {
		struct loop_timer *timer = &many[random_below(&random, MANY)];
		if (random_below(&random, 3) == 0)
			loop_timer_clear(loop, timer);
		else
			loop_timer_set(loop, timer, now + (int64_t)random_below(&random, 5000000));
	}
	for (size_t i = 0; i < MANY; i++)
		armed += many[i].position != 0;
	loop_timer_set(loop, &end, now + 6000000);
	loop_run(loop);
	assert_true(armed > 0);
	assert_int_equal(fired, armed);
}

static void on_again(void *context)
{
	note('t');
	loop_timer_set(loop, context, 1);
}

static void on_byte(void *context, int fd, unsigned ready)
{
	assert_int_equal(ready, LOOP_READ);
	char byte;
	assert_int_equal(read(fd, &byte, 1), 1);
	loop_stop(loop);
}

static int64_t least_late_ns;

static void on_punctual(void *context)
{
	struct loop_timer *timer = context;
	int64_t late = clock_now_ns() - timer->deadline_ns;
	assert_true(late >= 0);
	least_late_ns = late < least_late_ns ? late : least_late_ns;
	if (least_late_ns >= LOOP_SPIN_NS / 2 && ++traced < 5000)
		loop_timer_set(loop, timer, clock_now_ns() + 1000000);
	else
		loop_stop(loop);
}

/* The best of thousands, ended by the first good one: a busy machine makes most of them late. */
static void test_a_punctual_timer_is_looked_out_for(void **state)
{
	struct loop_timer timer = {.fn = on_punctual, .punctual = true};
	timer.context = &timer;
	least_late_ns = INT64_MAX;
	loop_timer_set(loop, &timer, clock_now_ns() + 1000000);
	loop_run(loop);
	assert_true(least_late_ns < LOOP_SPIN_NS / 2);
}

static void on_bytes(void *context, int fd, unsigned ready)
{
	char byte;
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_true(clock_now_ns() < *(const int64_t *)context);
	loop_stop(loop);
}

/* What arrives before a punctual deadline is served then, also in the spin before it. */
static void test_a_spin_serves_descriptors(void **state)
{
	int pair[2];
	struct loop_timer far = {.fn = stop, .punctual = true};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(write(pair[1], "x", 1), 1);
	int64_t deadline = clock_now_ns() + 5 * CLOCK_SECOND_NS;
	loop_watch(loop, pair[0], LOOP_READ, on_bytes, &deadline);
	loop_timer_set(loop, &far, deadline);
	loop_run(loop);
	loop_timer_clear(loop, &far);
	loop_unwatch(loop, pair[0]);
	close(pair[0]);
	close(pair[1]);
}

static void test_a_timer_of_the_past_does_not_starve_descriptors(void **state)
{
	int pair[2];
	struct loop_timer timer = {.fn = on_again};
	timer.context = &timer;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	loop_watch(loop, pair[0], LOOP_READ, on_byte, NULL);
	loop_timer_set(loop, &timer, 1);
	assert_int_equal(write(pair[1], "x", 1), 1);
	loop_run(loop);
	assert_true(traced >= 1 && traced <= 2);
	loop_unwatch(loop, pair[0]);
	close(pair[0]);
	close(pair[1]);
}

/* ---- descriptors ---- */

struct pair {
	int ours, theirs;
	struct pair *other;
};

static void count(void *context, int fd, unsigned ready)
{
	note('n');
	loop_stop(loop);
}

/* Closes the other, whose event is in the same turn, and opens a descriptor of the same number that
 * has nothing to say. */
static void replace_other(void *context, int fd, unsigned ready)
{
	struct pair *pair = context, *other = pair->other;
	int fresh[2];
	note('r');
	int number = other->ours;
	loop_unwatch(loop, other->ours);
	close(other->ours);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fresh), 0);
	assert_int_equal(fresh[0], number);
	close(other->theirs);
	other->theirs = fresh[1];
	loop_watch(loop, fresh[0], LOOP_READ, count, other);
	loop_unwatch(loop, pair->ours);
}

static void test_events_of_a_closed_descriptor_do_not_reach_its_successor(void **state)
{
	struct pair pairs[2];
	struct loop_timer end = {.fn = stop};
	for (int i = 0; i < 2; i++) {
		int fds[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		pairs[i] = (struct pair){fds[0], fds[1], &pairs[1 - i]};
		assert_int_equal(write(fds[1], "x", 1), 1);
	}
	for (int i = 0; i < 2; i++)
		loop_watch(loop, pairs[i].ours, LOOP_READ, replace_other, &pairs[i]);
	loop_timer_set(loop, &end, clock_now_ns() + 20000000);
	loop_run(loop);
	assert_string_equal(trace, "r");
	for (int i = 0; i < 2; i++) {
		loop_unwatch(loop, pairs[i].ours);
		close(pairs[i].ours);
		close(pairs[i].theirs);
	}
}

static void see_hang_up(void *context, int fd, unsigned ready)
{
	assert_int_equal(ready, LOOP_READ | LOOP_WRITE);
	loop_unwatch(loop, fd);
	loop_stop(loop);
}

static void test_a_hang_up_is_readable_and_writable(void **state)
{
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	loop_watch(loop, fds[0], LOOP_READ, see_hang_up, NULL);
	close(fds[1]);
	loop_run(loop);
	close(fds[0]);
}

static void see_writable(void *context, int fd, unsigned ready)
{
	assert_int_equal(ready, LOOP_WRITE);
	loop_unwatch(loop, fd);
	loop_unwatch(loop, fd);
	loop_stop(loop);
}

static void test_interest_can_change(void **state)
{
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	loop_watch(loop, fds[0], LOOP_READ, count, NULL);
	loop_watch(loop, fds[0], LOOP_READ, count, NULL);
	loop_watch(loop, fds[0], LOOP_WRITE, see_writable, NULL);
	loop_run(loop);
	assert_int_equal(traced, 0);
	close(fds[0]);
	close(fds[1]);
}

/* ---- deferred calls ---- */

static void defer_more(void *context)
{
	note('1');
	loop_defer(loop, on_letter, context);
	loop_defer(loop, stop, NULL);
}

static void test_deferred_calls_run_in_order_also_when_nothing_else_happens(void **state)
{
	loop_defer(loop, defer_more, "3");
	loop_defer(loop, on_letter, "2");
	loop_run(loop);
	assert_string_equal(trace, "123");
	assert_int_equal(loop_lag(loop).turns, 2);
}

static void undefer_other(void *context)
{
	note('u');
	loop_undefer(loop, on_letter, "x");
	loop_undefer(loop, on_letter, trace);
}

static void test_a_deferred_call_can_be_forgotten(void **state)
{
	static const char other[] = "o";
	loop_defer(loop, undefer_other, NULL);
	loop_defer(loop, on_letter, trace);
	loop_defer(loop, on_letter, (void *)other);
	loop_defer(loop, stop, NULL);
	loop_run(loop);
	assert_string_equal(trace, "uo");
}

/* ---- signals, stopping, lag ---- */

static void on_signal(void *context, int signal)
{
	assert_ptr_equal(context, trace);
	note(signal == SIGINT ? 'i' : signal == SIGTERM ? 't' : 'h');
	if (traced == 3)
		loop_stop(loop);
}

static void block_signals(sigset_t *old)
{
	sigset_t set;
	signal(SIGHUP, SIG_DFL); /* under nohup it is ignored, and then not waited for */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, old);
}

static void test_signals_arrive_as_events(void **state)
{
	sigset_t old;
	block_signals(&old);
	loop_on_signal(loop, on_signal, trace);
	kill(getpid(), SIGINT);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGHUP);
	loop_run(loop);
	assert_int_equal(traced, 3);
	for (const char *letter = "ith"; *letter; letter++) {
		bool seen = false;
		for (size_t i = 0; i < 3; i++)
			seen |= trace[i] == *letter;
		assert_true(seen);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void test_signals_end_the_process_where_there_is_no_signalfd(void **state)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		sigset_t old;
		block_signals(&old);
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0});
		loop_on_signal(loop, on_signal, trace);
		kill(getpid(), SIGTERM);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void test_stop_before_run_returns_at_once(void **state)
{
	loop_stop(loop);
	loop_run(loop);
	assert_int_equal(loop_lag(loop).turns, 0);
	loop_defer(loop, stop, NULL);
	loop_run(loop);
	assert_int_equal(loop_lag(loop).turns, 1);
}

static void be_slow(void *context)
{
	int64_t end = clock_now_ns() + 20000000;
	assert_true(loop_turn_began_ns(loop) > 0);
	while (clock_now_ns() < end)
		;
	loop_stop(loop);
}

static int64_t slow_ns[9];
static size_t slow_count;

static void be_slow_and_say(void *context)
{
	be_slow(context);
	slow_ns[slow_count++] = clock_now_ns() - loop_turn_began_ns(loop);
}

static int by_size(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
	return (one > other) - (one < other);
}

/* It is kept to a sixteenth. */
static void test_the_lag_is_how_long_turns_took(void **state)
{
	for (slow_count = 0; slow_count < 9;) {
		loop_defer(loop, be_slow_and_say, NULL);
		loop_run(loop);
	}
	qsort(slow_ns, 9, sizeof *slow_ns, by_size);
	int64_t p50_ns = loop_lag(loop).p50_ns;
	assert_true(p50_ns > slow_ns[4] - slow_ns[4] / 16);
	assert_true(p50_ns < slow_ns[4] + slow_ns[4] / 16);
}

static void test_a_slow_turn_is_seen_in_the_lag(void **state)
{
	assert_int_equal(loop_lag(loop).turns, 0);
	for (int i = 0; i < 200; i++) {
		loop_defer(loop, stop, NULL);
		loop_run(loop);
	}
	loop_defer(loop, be_slow, NULL);
	loop_run(loop);
	struct loop_lag lag = loop_lag(loop);
	assert_int_equal(lag.turns, 201);
	assert_true(lag.max_ns >= 20000000);
	assert_true(lag.p50_ns < 20000000);
	assert_true(lag.p50_ns <= lag.p99_ns && lag.p99_ns <= lag.max_ns);
	loop_lag_clear(loop);
	assert_int_equal(loop_lag(loop).turns, 0);
	assert_int_equal(loop_lag(loop).max_ns, 0);
	assert_int_equal(loop_turn_began_ns(loop), 0);
}

static atomic_bool watched;

static void be_watched(void *context)
{
	while (!atomic_load(&watched))
		usleep(1000);
	loop_stop(loop);
}

static void *watch_turns(void *context)
{
	while (loop_turn_began_ns(loop) == 0)
		usleep(1000);
	atomic_store(&watched, true);
	return NULL;
}

static void test_turns_can_be_watched_from_another_thread(void **state)
{
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, watch_turns, NULL), 0);
	loop_defer(loop, be_watched, NULL);
	loop_run(loop);
	pthread_join(thread, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_timers_fire_in_order_of_deadline),
		TEST(test_equal_deadlines_keep_their_order),
		TEST(test_a_heap_of_timers_survives_setting_and_clearing),
		TEST(test_a_punctual_timer_is_looked_out_for),
		TEST(test_a_spin_serves_descriptors),
		TEST(test_a_timer_of_the_past_does_not_starve_descriptors),
		TEST(test_events_of_a_closed_descriptor_do_not_reach_its_successor),
		TEST(test_a_hang_up_is_readable_and_writable),
		TEST(test_interest_can_change),
		TEST(test_deferred_calls_run_in_order_also_when_nothing_else_happens),
		TEST(test_a_deferred_call_can_be_forgotten),
		TEST(test_signals_arrive_as_events),
		TEST(test_signals_end_the_process_where_there_is_no_signalfd),
		TEST(test_stop_before_run_returns_at_once),
		TEST(test_a_slow_turn_is_seen_in_the_lag),
		TEST(test_the_lag_is_how_long_turns_took),
		TEST(test_turns_can_be_watched_from_another_thread),
	};
	return RUN(tests);
}
