#include "unit.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/stamp.h"
#include "net/stamp_segment.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef SYS_clock_gettime64 /* where `long` has 32 bits */
#define CLOCK_CALL SYS_clock_gettime64
#else
#define CLOCK_CALL SYS_clock_gettime
#endif

/* Setting the machine's clock, as far as this program sees it. */
static _Atomic int64_t wall_shift_s;

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(CLOCK_CALL, clock, now);
	if (clock == CLOCK_REALTIME)
		now->tv_sec += atomic_load(&wall_shift_s);
	return result;
}

static bool stamps; /* this kernel gives them */
static int ours, theirs;

static void connect_pair(bool stamped, bool whole)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int yes = 1;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&address, &size);
	ours = socket(AF_INET, SOCK_STREAM, 0);
	if (stamped)
		stamp_open(ours, whole);
	assert_int_equal(connect(ours, (struct sockaddr *)&address, size), 0);
	theirs = accept(listener, NULL, NULL);
	assert_true(theirs >= 0);
	setsockopt(theirs, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	close(listener);
}

static void close_pair(void)
{
	stamp_close(ours);
	close(ours);
	if (theirs >= 0)
		close(theirs);
}

static int64_t tell(const char *text)
{
	assert_int_equal(write(theirs, text, strlen(text)), strlen(text));
	return clock_now_ns();
}

/* Asked without the help of stamp.c. */
static bool does_the_kernel_stamp(void)
{
	int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	bool stamped = false;
	connect_pair(false, false);
	setsockopt(ours, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
	for (int i = 0; i < 100 && !stamped; i++) {
		char byte, control[256];
		struct iovec part = {&byte, 1};
		struct msghdr message = {.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof control};
		tell("x");
		assert_int_equal(recvmsg(ours, &message, 0), 1);
		struct cmsghdr *told = CMSG_FIRSTHDR(&message);
		stamped = told != NULL && told->cmsg_type == SO_TIMESTAMPING;
		usleep(1000); /* the kernel begins to stamp a moment after it was asked */
	}
	close(ours);
	close(theirs);
	return stamped;
}

static void test_the_self_test_says_what_the_kernel_does(void **state)
{
	stamps = stamp_self_test();
	assert_int_equal(stamp_self_test(), stamps);
	assert_int_equal(stamps, does_the_kernel_stamp());
	if (!stamps)
		print_message("this kernel gives no stamps: what needs them is skipped\n");
}

/* ---- what a reader who was late still learns ---- */

#define LINES 3
static const char *const lines[LINES] = {
	"data: the first\n\n", "data: the second\n\n", "data: the third\n\n"};

/* As libcurl does; nobody has answered yet, and the kernel is not asked. */
static void look_as_soon_as_sent(void)
{
	char byte;
	assert_int_equal(recv(ours, &byte, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

/* As a request and its answer: the kernel then acknowledges late, and keeps unacknowledged segments
 * of the loopback device apart. Not for long: two jiffies after the second one the sender probes
 * for a lost one, and that is acknowledged at once. */
static void converse(void)
{
	char text[64];
	for (int i = 0; i < 3; i++) {
		assert_int_equal(send(ours, "ask", 3, 0), 3);
		look_as_soon_as_sent();
		assert_int_equal(recv(theirs, text, sizeof text, 0), 3);
		tell("yes\n");
		assert_int_equal(recv(ours, text, sizeof text, 0), 4);
	}
	assert_int_equal(send(ours, "ask", 3, 0), 3);
	look_as_soon_as_sent();
	assert_int_equal(recv(theirs, text, sizeof text, 0), 3);
}

/* Returns when `size` bytes wait to be read. */
static int64_t arrived(int size)
{
	int waiting = 0;
	while (waiting < size)
		assert_int_equal(ioctl(ours, FIONREAD, &waiting), 0);
	return clock_now_ns();
}

/* Whether the kernel kept the three segments apart, which it need not. */
static bool read_late(void)
{
	char text[256];
	int64_t there[LINES];
	int size = 0;
	bool apart = true;
	connect_pair(true, false);
	converse();
	uint64_t reads = stamp_reads(ours);
	for (int i = 0; i < LINES; i++) {
		tell(lines[i]);
		size += (int)strlen(lines[i]);
		there[i] = arrived(size);
	}
	for (int i = 0; i < LINES && apart; i++) {
		ssize_t got = recv(ours, text, sizeof text, 0);
		apart = got == (ssize_t)strlen(lines[i]);
		if (!apart)
			break;
		struct stamp stamp = stamp_last(ours);
		assert_memory_equal(text, lines[i], got);
		assert_true(stamp.kernel);
		assert_true(stamp.t_ns <= there[i]);
		assert_true(i == 0 || stamp.t_ns > there[i - 1]);
		assert_int_equal(stamp_reads(ours), ++reads);
	}
	close_pair();
	return apart;
}

static void test_each_segment_has_its_own_stamp_however_late_it_is_read(void **state)
{
	if (!stamps)
		skip();
	for (int attempt = 0; attempt < 10; attempt++)
		if (read_late())
			return;
	fail_msg("the kernel merged the segments ten times");
}

static void test_what_came_before_an_accepted_one_was_opened_has_its_stamp(void **state)
{
	char text[8];
	if (!stamps)
		skip();
	connect_pair(false, false);
	assert_int_equal(send(ours, "ask", 3, 0), 3);
	usleep(5000);
	int64_t late = clock_now_ns();
	stamp_open_accepted(theirs);
	assert_int_equal(recv(theirs, text, sizeof text, 0), 3);
	assert_true(stamp_last(theirs).kernel);
	assert_true(stamp_last(theirs).t_ns < late);
	stamp_close(theirs);
	close_pair();
}

static void test_one_line_comes_in_one_read(void **state)
{
	char text[256];
	connect_pair(true, false);
	tell("1a\r\ndata: {\"x\":1}\n\n\r\n");
	assert_int_equal(recv(ours, text, sizeof text, 0), 21);
	tell("data: 1\n\ndata: 2\n\n");
	assert_int_equal(recv(ours, text, sizeof text, 0), 18);
	assert_int_equal(stamp_reads(ours), 2);
	close_pair();
}

static void test_a_whole_read_is_not_cut(void **state)
{
	char text[256];
	connect_pair(true, true);
	for (int i = 0; i < LINES; i++)
		tell(lines[i]);
	usleep(5000);
	assert_int_equal(recv(ours, text, sizeof text, 0),
		strlen(lines[0]) + strlen(lines[1]) + strlen(lines[2]));
	if (stamps)
		assert_true(stamp_last(ours).kernel);
	close_pair();
}

/* ---- when the wall clock is set ---- */

static void test_stamps_from_before_a_set_clock_are_dropped(void **state)
{
	static const int64_t shifts[] = {1, -1, 3600, -3600};
	char text[64];
	if (!stamps)
		skip();
	connect_pair(true, false);
	for (size_t i = 0; i < 4; i++) {
		converse();
		assert_true(stamp_last(ours).kernel);
		tell(lines[0]);
		int64_t before = clock_now_ns();
		atomic_store(&wall_shift_s, shifts[i]);
		assert_int_equal(recv(ours, text, sizeof text, 0), strlen(lines[0]));
		assert_false(stamp_last(ours).kernel);
		assert_in_range(stamp_last(ours).t_ns, before, clock_now_ns());
		atomic_store(&wall_shift_s, 0);
		tell("yes\n"); /* read after the clock was set back, but may have come before */
		assert_int_equal(recv(ours, text, sizeof text, 0), 4);
	}
	close_pair();
}

/* ---- nothing is lost, whatever is cut ---- */

static void *write_randomly(void *context)
{
	const struct buffer *sent = context;
	struct random random;
	random_seed(&random, 3, 1);
	for (size_t at = 0; at < sent->size;) {
		size_t part = 1 + (size_t)random_below(&random, 40);
		if (part > sent->size - at)
			part = sent->size - at;
		assert_int_equal(sendto(theirs, sent->data + at, part, 0, NULL, 0), part);
		at += part;
		if (random_below(&random, 30) == 0)
			usleep(500);
	}
	shutdown(theirs, SHUT_WR);
	return NULL;
}

static void test_bytes_come_complete_and_in_order(void **state)
{
	static const char alphabet[] = "\n\r\n0aF:xyz";
	struct random random;
	struct buffer sent = BUFFER_EMPTY, got = BUFFER_EMPTY;
	pthread_t thread;
	char part[700];
	int64_t last = 0;
	ssize_t size;
	random_seed(&random, 3, 0);
	for (int i = 0; i < 40000; i++)
		buffer_byte(&sent, alphabet[random_below(&random, sizeof alphabet - 1)]);
	connect_pair(true, false);
	assert_int_equal(pthread_create(&thread, NULL, write_randomly, &sent), 0);
	while ((size = recv(ours, part, 1 + (size_t)random_below(&random, sizeof part), 0)) > 0) {
		buffer_append(&got, part, (size_t)size);
		assert_true(stamp_last(ours).t_ns >= last);
		last = stamp_last(ours).t_ns;
	}
	assert_int_equal(size, 0);
	pthread_join(thread, NULL);
	assert_int_equal(got.size, sent.size);
	assert_memory_equal(got.data, sent.data, sent.size);
	buffer_free(&sent);
	buffer_free(&got);
	close_pair();
}

/* ---- ends and errors are those of recv ---- */

static void test_the_end_and_errors_are_passed_on(void **state)
{
	struct linger abort_it = {.l_onoff = 1, .l_linger = 0};
	char text[16];
	connect_pair(true, false);
	errno = 0;
	assert_int_equal(recv(ours, text, sizeof text, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(stamp_reads(ours), 0);
	setsockopt(theirs, SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
	close(theirs);
	theirs = -1;
	errno = 0;
	assert_int_equal(recv(ours, text, sizeof text, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	close_pair();
	connect_pair(true, false);
	close(theirs);
	theirs = -1;
	assert_int_equal(recv(ours, text, sizeof text, 0), 0);
	close_pair();
}

static int error_of_sending(void)
{
	errno = 0;
	assert_int_equal(send(ours, "more", 4, MSG_NOSIGNAL), -1);
	return errno;
}

/* They who close before they have read all of it reset the connection behind their words. */
static void test_what_was_answered_before_all_was_sent_is_read_first(void **state)
{
	char text[16];
	for (int whole = 0; whole < 2; whole++) {
		connect_pair(true, whole);
		assert_int_equal(send(ours, "much", 4, 0), 4);
		tell("no\n");
		close(theirs);
		theirs = -1;
		int error = error_of_sending();
		assert_true(whole ? error == EPIPE || error == ECONNRESET : error == EAGAIN);
		while (recv(ours, text, sizeof text, 0) < 0)
			assert_int_equal(errno, EAGAIN);
		assert_memory_equal(text, "no\n", 3);
		assert_int_equal(error_of_sending(), EPIPE);
		close_pair();
	}
}

/* Bytes for nobody look like an end, but over TLS, where they may be for TLS itself. */
static void test_peeking_takes_nothing(void **state)
{
	char text[16];
	for (int whole = 0; whole < 2; whole++) {
		connect_pair(true, whole);
		tell("x\n");
		assert_int_equal(recv(ours, text, sizeof text, MSG_PEEK), whole ? 2 : 0);
		assert_int_equal(stamp_reads(ours), 0);
		assert_int_equal(recv(ours, text, sizeof text, 0), 2);
		assert_int_equal(stamp_reads(ours), 1);
		close_pair();
	}
}

/* ---- whose socket it is ---- */

static void test_other_sockets_are_read_as_ever(void **state)
{
	char text[64];
	connect_pair(false, false);
	tell(lines[0]);
	assert_int_equal(recv(ours, text, sizeof text, 0), strlen(lines[0]));
	assert_int_equal(send(ours, "x", 1, 0), 1);
	assert_int_equal(stamp_reads(ours), 0);
	assert_int_equal(stamp_sent_ns(ours), 0);
	assert_false(stamp_last(ours).kernel);
	assert_true(stamp_last(ours).t_ns <= clock_now_ns());
	assert_int_equal(stamp_reads(-1), 0);
	assert_int_equal(stamp_reads(100000), 0);
	close_pair();
}

static void test_what_the_kernel_stamps_not_has_no_stamp(void **state)
{
	char text[8];
	int pair[2];
	int64_t wall_ns = -1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(write(pair[1], "ab", 2), 2);
	assert_int_equal(stamp_receive(pair[0], text, 1, 0, &wall_ns), 1);
	assert_int_equal(wall_ns, 0);
	ssize_t waiting = 0;
	wall_ns = -1;
	assert_int_equal(stamp_peek(pair[0], text, sizeof text, &waiting, &wall_ns), 1);
	assert_int_equal(waiting, 1);
	assert_int_equal(wall_ns, 0);
	close(pair[0]);
	close(pair[1]);
}

static void test_another_that_ends_takes_no_stamps_along(void **state)
{
	char text[64];
	connect_pair(true, false);
	int other = socket(AF_INET, SOCK_STREAM, 0);
	stamp_open(other, false);
	tell(lines[0]);
	assert_int_equal(recv(ours, text, sizeof text, 0), strlen(lines[0]));
	stamp_close(other);
	close(other);
	for (int number = 0; number < 4096; number++)
		assert_int_equal(stamp_reads(number), number == ours);
	close_pair();
}

static void *read_elsewhere(void *context)
{
	char text[64];
	*(ssize_t *)context = recv(ours, text, sizeof text, 0);
	assert_int_equal(stamp_reads(ours), 0);
	return NULL;
}

static void test_a_socket_belongs_to_the_thread_that_opened_it(void **state)
{
	pthread_t thread;
	ssize_t got = 0;
	connect_pair(true, false);
	tell(lines[0]);
	assert_int_equal(pthread_create(&thread, NULL, read_elsewhere, &got), 0);
	pthread_join(thread, NULL);
	assert_int_equal(got, strlen(lines[0]));
	assert_int_equal(stamp_reads(ours), 0);
	close_pair();
}

static int look(short events, int timeout_ms)
{
	struct pollfd wanted = {.fd = ours, .events = events};
	int ready = poll(&wanted, 1, timeout_ms);
	assert_int_equal(wanted.revents != 0, ready > 0);
	return ready;
}

static void test_only_the_look_right_after_sending_finds_no_answer(void **state)
{
	char text[64];
	connect_pair(true, false);
	assert_int_equal(look(POLLIN, 0), 0);
	assert_int_equal(send(ours, "ask", 3, 0), 3);
	tell("yes\n");
	assert_int_equal(look(POLLOUT, 0), 1);
	assert_int_equal(look(POLLIN, 5000), 1);
	assert_int_equal(look(POLLIN, 0), 0);
	assert_int_equal(look(POLLIN, 0), 1);
	assert_int_equal(send(ours, "ask", 3, 0), 3);
	assert_int_equal(recv(ours, text, sizeof text, 0), 4);
	tell("again\n");
	assert_int_equal(look(POLLIN, 5000), 1);
	assert_int_equal(look(POLLIN, 0), 1);
	close_pair();
}

static void test_a_turn_has_so_many_reads(void **state)
{
	char byte;
	connect_pair(true, true);
	tell("abc");
	stamp_begin_turn(2);
	assert_int_equal(recv(ours, &byte, 1, 0), 1);
	assert_int_equal(recv(ours, &byte, 1, 0), 1);
	assert_int_equal(recv(ours, &byte, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(look(POLLIN, 0), 1);
	stamp_begin_turn(UINT_MAX);
	assert_int_equal(recv(ours, &byte, 1, 0), 1);
	assert_int_equal(byte, 'c');
	close_pair();
}

static void test_sending_is_stamped_and_a_number_starts_anew(void **state)
{
	connect_pair(true, false);
	int number = ours;
	assert_int_equal(stamp_sent_ns(ours), 0);
	int64_t before = clock_now_ns();
	assert_int_equal(send(ours, "hello", 5, 0), 5);
	assert_in_range(stamp_sent_ns(ours), before, clock_now_ns());
	close_pair();
	connect_pair(true, false);
	if (ours == number)
		assert_int_equal(stamp_sent_ns(ours), 0);
	close_pair();
	assert_int_equal(stamp_sent_ns(number), 0);
}

/* The last one: there is no way back. */
static void test_without_the_trick_the_user_clock_stands_in(void **state)
{
	char text[256];
	stamp_disable();
	connect_pair(true, false);
	for (int i = 0; i < LINES; i++)
		tell(lines[i]);
	usleep(5000);
	int64_t before = clock_now_ns();
	assert_int_equal(recv(ours, text, sizeof text, 0),
		strlen(lines[0]) + strlen(lines[1]) + strlen(lines[2]));
	assert_false(stamp_last(ours).kernel);
	assert_in_range(stamp_last(ours).t_ns, before, clock_now_ns());
	assert_int_equal(stamp_reads(ours), 1);
	close_pair();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_self_test_says_what_the_kernel_does),
		cmocka_unit_test(test_each_segment_has_its_own_stamp_however_late_it_is_read),
		cmocka_unit_test(test_what_came_before_an_accepted_one_was_opened_has_its_stamp),
		cmocka_unit_test(test_one_line_comes_in_one_read),
		cmocka_unit_test(test_a_whole_read_is_not_cut),
		cmocka_unit_test(test_stamps_from_before_a_set_clock_are_dropped),
		cmocka_unit_test(test_bytes_come_complete_and_in_order),
		cmocka_unit_test(test_the_end_and_errors_are_passed_on),
		cmocka_unit_test(test_what_was_answered_before_all_was_sent_is_read_first),
		cmocka_unit_test(test_peeking_takes_nothing),
		cmocka_unit_test(test_other_sockets_are_read_as_ever),
		cmocka_unit_test(test_what_the_kernel_stamps_not_has_no_stamp),
		cmocka_unit_test(test_another_that_ends_takes_no_stamps_along),
		cmocka_unit_test(test_a_socket_belongs_to_the_thread_that_opened_it),
		cmocka_unit_test(test_only_the_look_right_after_sending_finds_no_answer),
		cmocka_unit_test(test_a_turn_has_so_many_reads),
		cmocka_unit_test(test_sending_is_stamped_and_a_number_starts_anew),
		cmocka_unit_test(test_without_the_trick_the_user_clock_stands_in),
	};
	return RUN(tests);
}
