/* Messages between processes: whole and in order, however they are cut, and the end of the other
 * side is seen. */
#include "unit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "net/mail.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LONG_SIZE ((size_t)3 << 20) /* more than a socket holds */

struct side {
	struct loop *loop;
	struct mail *mail;
	int fd;
	int count, ends, stop_at;
	int32_t tags[8];
	char *texts[8];
	size_t sizes[8];
};

static void take(void *context, int32_t tag, const char *data, size_t size)
{
	struct side *side = context;
	side->tags[side->count] = tag;
	side->texts[side->count] = memory_bytes(data, size);
	side->sizes[side->count] = size;
	if (++side->count == side->stop_at)
		loop_stop(side->loop);
}

static void end(void *context)
{
	struct side *side = context;
	side->ends++;
	mail_free(side->mail);
	side->mail = NULL;
	loop_stop(side->loop);
}

static void open_side(struct side *side, struct loop *loop, int fd)
{
	const struct mail_events events = {.message = take, .ended = end, .context = side};
	*side = (struct side){.loop = loop, .fd = fd};
	side->mail = mail_new(loop, fd, &events);
}

static void close_side(struct side *side)
{
	mail_free(side->mail);
	close(side->fd);
	for (int i = 0; i < side->count; i++)
		free(side->texts[i]);
}

static struct loop *open_pair(struct side sides[2])
{
	int fds[2];
	struct loop *loop = loop_new(NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	open_side(&sides[0], loop, fds[0]);
	open_side(&sides[1], loop, fds[1]);
	return loop;
}

static int refusals; /* writes that the kernel has no memory for */

ssize_t write(int fd, const void *data, size_t size)
{
	if (refusals == 0)
		return syscall(SYS_write, fd, data, size);
	refusals--;
	errno = refusals % 2 == 0 ? ENOBUFS : ENOMEM;
	return -1;
}

static void they_come_when_the_kernel_has_memory_again(void **state)
{
	struct side sides[2];
	struct loop *loop = open_pair(sides);
	sides[1].stop_at = 2;
	refusals = 4;
	mail_send(sides[0].mail, 3, "a", 1);
	mail_send(sides[0].mail, 4, "bc", 2);
	loop_run(loop);
	assert_int_equal(refusals, 0);
	assert_int_equal(sides[1].count, 2);
	assert_string_equal(sides[1].texts[0], "a");
	assert_string_equal(sides[1].texts[1], "bc");
	assert_int_equal(sides[0].ends + sides[1].ends, 0);
	close_side(&sides[0]);
	close_side(&sides[1]);
	loop_free(loop);
}

static void stop(void *loop)
{
	loop_stop(loop);
}

/* What a later message takes along out of memory is no longer waited for. */
static void who_has_said_all_sleeps(void **state)
{
	struct side sides[2];
	struct loop *loop = open_pair(sides);
	struct loop_timer timer = {.fn = stop, .context = loop};
	refusals = 1;
	mail_send(sides[0].mail, 3, "a", 1);
	mail_send(sides[0].mail, 4, "bc", 2);
	loop_timer_set(loop, &timer, clock_now_ns() + 50 * CLOCK_MS_NS);
	loop_run(loop);
	assert_int_equal(sides[1].count, 2);
	assert_true(loop_lag(loop).turns < 20);
	close_side(&sides[0]);
	close_side(&sides[1]);
	loop_free(loop);
}

static void they_come_whole_and_in_order(void **state)
{
	struct side sides[2];
	struct loop *loop = open_pair(sides);
	char *text = memory_new(LONG_SIZE);
	memset(text, 'x', LONG_SIZE);
	sides[1].stop_at = 4;
	mail_send(sides[0].mail, 7, "first", 5);
	mail_send(sides[0].mail, -1, NULL, 0);
	mail_send(sides[0].mail, 1, text, LONG_SIZE);
	mail_send(sides[0].mail, 2, "a\0b", 3);
	loop_run(loop);
	assert_int_equal(sides[1].count, 4);
	assert_int_equal(sides[1].tags[0], 7);
	assert_string_equal(sides[1].texts[0], "first");
	assert_int_equal(sides[1].tags[1], -1);
	assert_int_equal(sides[1].sizes[1], 0);
	assert_int_equal(sides[1].sizes[2], LONG_SIZE);
	assert_memory_equal(sides[1].texts[2], text, LONG_SIZE);
	assert_memory_equal(sides[1].texts[3], "a\0b", 3);
	free(text);
	close_side(&sides[0]);
	close_side(&sides[1]);
	loop_free(loop);
}

static void both_may_speak_at_once(void **state)
{
	struct side sides[2];
	struct loop *loop = open_pair(sides);
	char *text = memory_new(LONG_SIZE);
	sides[0].stop_at = sides[1].stop_at = 1;
	mail_send(sides[0].mail, 0, text, LONG_SIZE);
	mail_send(sides[1].mail, 0, text, LONG_SIZE);
	loop_run(loop);
	if (sides[0].count == 0 || sides[1].count == 0)
		loop_run(loop);
	assert_int_equal(sides[0].sizes[0], LONG_SIZE);
	assert_int_equal(sides[1].sizes[0], LONG_SIZE);
	free(text);
	close_side(&sides[0]);
	close_side(&sides[1]);
	loop_free(loop);
}

static void what_was_said_before_the_end_comes_first(void **state)
{
	struct side sides[2];
	struct loop *loop = open_pair(sides);
	mail_write(sides[0].fd, MAIL_REPORT, "last", 4);
	mail_free(sides[0].mail);
	sides[0].mail = NULL;
	close(sides[0].fd);
	loop_run(loop);
	assert_int_equal(sides[1].count, 1);
	assert_int_equal(sides[1].tags[0], MAIL_REPORT);
	assert_string_equal(sides[1].texts[0], "last");
	assert_int_equal(sides[1].ends, 1);
	close_side(&sides[1]);
	loop_free(loop);
}

static void nobody_hears_what_is_sent_to_one_who_is_gone(void **state)
{
	struct side sides[2];
	struct loop *loop = open_pair(sides);
	mail_free(sides[1].mail);
	sides[1].mail = NULL;
	close(sides[1].fd);
	mail_send(sides[0].mail, 0, "hello", 5);
	mail_write(sides[0].fd, 0, "hello", 5);
	loop_run(loop);
	assert_int_equal(sides[0].ends, 1);
	close_side(&sides[0]);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_whole_and_in_order),
		cmocka_unit_test(they_come_when_the_kernel_has_memory_again),
		cmocka_unit_test(who_has_said_all_sleeps),
		cmocka_unit_test(both_may_speak_at_once),
		cmocka_unit_test(what_was_said_before_the_end_comes_first),
		cmocka_unit_test(nobody_hears_what_is_sent_to_one_who_is_gone),
	};
	signal(SIGPIPE, SIG_IGN);
	return RUN(tests);
}
