/* The trick: this file defines recv, send and poll, and libcurl, which calls them through the
 * dynamic linker, gets ours. They do what libc's do, and for sockets that stamp_open knows they
 * also learn when the kernel received the bytes (SO_TIMESTAMPING). TCP gives one stamp per call,
 * that of the last segment touched; so we peek at what waits and hand over one segment per call
 * (stamp_segment.c). libcurl, told that the socket is still readable, comes back for the rest, and
 * all bytes of one of its write callbacks share one true stamp, however late we were. They must be
 * exported (visibility "default"), and they reach the kernel by recvfrom, recvmsg, sendto and
 * ppoll, which nobody redirects. stamp_self_test.c proves all of it. */
#include "net/stamp.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "net/stamp_clock.h"
#include "net/stamp_segment.h"

#include <errno.h>
#include <limits.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#define OURS __attribute__((visibility("default")))

#define RECEIVE_BUFFER (4 << 20) /* what waits in a small one is merged and loses its stamps */

/* What libcurl did last: read, sent, then looked for an answer by recv, then by poll. */
enum talk { ANSWERED, ASKED, TRIED, LOOKED };

struct socket_state {
	bool open, whole;
	bool cut_head; /* the head of a chunked answer is handed over by itself */
	bool head_cut; /* the last read was one */
	bool diverted; /* libcurl finds nothing */
	enum talk talk;
	int failure; /* errno of a read that libcurl did not see; 0 */
	int ended;   /* see stamp_ended */
	struct stamp last;
	int64_t wall_ns; /* the kernel's, of `last`; 0 where it is of the user clock */
	int64_t opened_ns, sent_ns;
	uint64_t reads;
	struct buffer handed_back; /* what libcurl reads next */
};

static _Thread_local struct socket_state *sockets; /* by descriptor */
static _Thread_local size_t socket_count, sockets_open;
static _Thread_local unsigned reads_left = UINT_MAX;

static atomic_bool disabled;

static struct socket_state *state_of(int fd)
{
	if (fd < 0 || (size_t)fd >= socket_count || !sockets[fd].open)
		return NULL;
	return &sockets[fd];
}

/* ---- recv, send and poll ---- */

/* Stamps of one socket never run backwards, whichever clock they are of. What was left of a segment
 * has its stamp to the ns: the offset of the clocks is taken anew at each read. */
static void book_read(struct socket_state *state, int64_t wall_ns)
{
	struct stamp stamp = {.t_ns = state->last.t_ns, .kernel = true};
	bool left = wall_ns != 0 && wall_ns == state->wall_ns;
	if (!left &&
		(wall_ns == 0 || !stamp_clock_convert(wall_ns, state->opened_ns, &stamp.t_ns))) {
		stamp.kernel = false;
		stamp.t_ns = clock_now_ns();
		wall_ns = 0;
	}
	if (stamp.t_ns < state->last.t_ns)
		stamp.t_ns = state->last.t_ns;
	state->wall_ns = wall_ns;
	state->last = stamp;
	state->reads++;
	state->talk = ANSWERED;
}

static bool is_failure(int error)
{
	return error != EAGAIN && error != EINTR;
}

static ssize_t read_whole(struct socket_state *state, int fd, void *data, size_t size)
{
	int64_t wall_ns;
	ssize_t got = stamp_receive(fd, data, size, 0, &wall_ns);
	if (got >= 0)
		book_read(state, wall_ns);
	if (state->ended == 0 && got <= 0)
		state->ended = got == 0 ? STAMP_CLOSED : is_failure(errno) ? errno : 0;
	return got;
}

static bool is_chunked(const char *head, const char *end)
{
	static const char name[] = "transfer-encoding:";
	for (const char *line = head; line != NULL && line < end;) {
		if ((size_t)(end - line) > sizeof name &&
			strncasecmp(line, name, sizeof name - 1) == 0)
			return true;
		line = memchr(line, '\n', (size_t)(end - line));
		line = line != NULL ? line + 1 : NULL;
	}
	return false;
}

/* 0 where these bytes do not begin and end one. */
static size_t chunked_head_size(const char *data, size_t size)
{
	if (size < 5 || memcmp(data, "HTTP/", 5) != 0)
		return 0;
	const char *end = memmem(data, size, "\r\n\r\n", 4);
	return end != NULL && is_chunked(data, end) ? (size_t)(end - data) + 4 : 0;
}

static ssize_t read_segment(struct socket_state *state, int fd, void *data, size_t size, bool *more)
{
	int64_t wall_ns;
	ssize_t waiting;
	size_t take = stamp_peek(fd, data, size, &waiting, &wall_ns);
	if (waiting < 0)
		return waiting;
	size_t head = state->cut_head ? chunked_head_size(data, take) : 0;
	state->head_cut = head > 0;
	if (head > 0)
		take = head;
	*more = take < (size_t)waiting || take == size;
	ssize_t taken = take > 0 ? recvfrom(fd, data, take, MSG_TRUNC, NULL, NULL) : 0;
	if (taken >= 0)
		book_read(state, wall_ns);
	return taken;
}

static ssize_t read_any(struct socket_state *state, int fd, void *data, size_t size, bool *more)
{
	if (!state->whole && !atomic_load_explicit(&disabled, memory_order_relaxed))
		return read_segment(state, fd, data, size, more);
	ssize_t got = read_whole(state, fd, data, size);
	*more = got == (ssize_t)size;
	return got;
}

static ssize_t read_handed_back(struct socket_state *state, void *data, size_t size)
{
	size_t take = state->handed_back.size < size ? state->handed_back.size : size;
	memcpy(data, state->handed_back.data, take);
	buffer_drop(&state->handed_back, take);
	if (state->handed_back.size == 0)
		buffer_free(&state->handed_back);
	return (ssize_t)take;
}

static ssize_t refuse(struct socket_state *state)
{
	errno = state->diverted ? EAGAIN : state->failure;
	if (!state->diverted)
		state->failure = 0;
	return -1;
}

/* libcurl peeks at a kept connection that is readable, and takes it for alive if a byte comes. But
 * what already waits there is no answer to the next request (a second answer to the one before, a
 * 408 for having been idle), and libcurl would take it for one: so the connection is said to be
 * closed. Not over TLS, which may have something to say by itself. */
static ssize_t peek(const struct socket_state *state, int fd, void *data, size_t size)
{
	ssize_t got = recvfrom(fd, data, size, MSG_PEEK, NULL, NULL);
	return got > 0 && !state->whole ? 0 : got;
}

/* libcurl looks for the answer as soon as it has sent, by poll (7) or by recv and then poll (8),
 * and nobody has answered yet. The loop says when there is something: one system call less for each
 * request, or two. Each only once, so that who sends without an end sees an answer in between. */
static bool reads_too_early(struct socket_state *state)
{
	if (state->talk != ASKED)
		return false;
	state->talk = TRIED;
	errno = EAGAIN;
	return true;
}

static bool read_enough(void)
{
	if (reads_left > 0) {
		reads_left--;
		return false;
	}
	errno = EAGAIN;
	return true;
}

void stamp_begin_turn(unsigned reads)
{
	reads_left = reads;
}

static bool looks_too_early(const struct pollfd *wanted)
{
	struct socket_state *state = wanted->events & POLLOUT ? NULL : state_of(wanted->fd);
	if (state == NULL || (state->talk != ASKED && state->talk != TRIED))
		return false;
	state->talk = LOOKED;
	return true;
}

OURS ssize_t recv(int fd, void *data, size_t size, int flags)
{
	struct socket_state *state = state_of(fd);
	if (state != NULL && flags == MSG_PEEK)
		return peek(state, fd, data, size);
	if (state == NULL || flags != 0 || size == 0)
		return recvfrom(fd, data, size, flags, NULL, NULL);
	if (state->handed_back.size > 0)
		return read_handed_back(state, data, size);
	if (state->diverted || state->failure)
		return refuse(state);
	if (reads_too_early(state) || read_enough())
		return -1;
	bool more;
	return read_any(state, fd, data, size, &more);
}

/* A server that answers before it has read all of the request (a 413), and closes: what it said
 * still waits behind the error, which libcurl would take for all there is. It tries again, and
 * reads first. Not over TLS, where an alert may wait. */
static bool was_answered(const struct socket_state *state, int fd)
{
	char byte;
	if (state->whole || (errno != EPIPE && errno != ECONNRESET))
		return false;
	return recvfrom(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT, NULL, NULL) > 0;
}

OURS ssize_t send(int fd, const void *data, size_t size, int flags)
{
	struct socket_state *state = state_of(fd);
	ssize_t sent = sendto(fd, data, size, flags, NULL, 0);
	if (state != NULL && sent < 0) {
		int error = errno;
		errno = was_answered(state, fd) ? EAGAIN : error;
	}
	if (state != NULL && sent > 0) {
		state->sent_ns = clock_now_ns();
		if (state->talk == ANSWERED)
			state->talk = ASKED;
	}
	return sent;
}

/* By another name in here: libc declares of poll that it does not read what it is given. */
OURS int look_for_events(struct pollfd *wanted, nfds_t count, int timeout_ms) __asm__("poll");

int look_for_events(struct pollfd *wanted, nfds_t count, int timeout_ms)
{
	const struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * CLOCK_MS_NS};
	if (count == 1 && timeout_ms == 0 && looks_too_early(wanted)) {
		wanted->revents = 0;
		return 0;
	}
	return ppoll(wanted, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

/* ---- past libcurl ---- */

void stamp_cut_head(int fd)
{
	struct socket_state *state = state_of(fd);
	if (state != NULL)
		state->cut_head = true;
}

bool stamp_divert(int fd)
{
	struct socket_state *state = state_of(fd);
	if (state == NULL || !state->head_cut)
		return false;
	state->cut_head = state->head_cut = false;
	state->diverted = true;
	return true;
}

ssize_t stamp_read(int fd, void *data, size_t size, bool *more)
{
	struct socket_state *state = state_of(fd);
	ssize_t got = read_any(state, fd, data, size, more);
	if (got < 0 && is_failure(errno))
		state->failure = errno;
	return got;
}

void stamp_hand_back(int fd, const void *data, size_t size)
{
	struct socket_state *state = state_of(fd);
	if (state == NULL)
		return;
	state->diverted = false;
	if (size > 0)
		buffer_append(&state->handed_back, data, size);
}

size_t stamp_owed(int fd)
{
	const struct socket_state *state = state_of(fd);
	return state != NULL ? state->handed_back.size : 0;
}

/* ---- sockets ---- */

static void ask_for_stamps(int fd)
{
	int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
}

void stamp_open(int fd, bool whole)
{
	int buffer = RECEIVE_BUFFER;
	sockets = memory_reaching(sockets, (size_t)fd, &socket_count, sizeof *sockets);
	if (sockets[fd].open)
		buffer_free(&sockets[fd].handed_back);
	sockets_open += !sockets[fd].open;
	sockets[fd] =
		(struct socket_state){.open = true, .whole = whole, .opened_ns = clock_now_ns()};
	buffer_init(&sockets[fd].handed_back, BUFFER_UNLIMITED);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	if (!atomic_load_explicit(&disabled, memory_order_relaxed))
		ask_for_stamps(fd);
}

void stamp_open_accepted(int fd)
{
	stamp_open(fd, true);
	sockets[fd].opened_ns = 0;
}

void stamp_close(int fd)
{
	struct socket_state *state = state_of(fd);
	if (state == NULL)
		return;
	state->open = false;
	buffer_free(&state->handed_back);
	if (--sockets_open > 0)
		return;
	free(sockets);
	sockets = NULL;
	socket_count = 0;
}

struct stamp stamp_last(int fd)
{
	const struct socket_state *state = state_of(fd);
	if (state == NULL || state->reads == 0)
		return (struct stamp){.t_ns = clock_now_ns()};
	return state->last;
}

uint64_t stamp_reads(int fd)
{
	const struct socket_state *state = state_of(fd);
	return state != NULL ? state->reads : 0;
}

int64_t stamp_sent_ns(int fd)
{
	const struct socket_state *state = state_of(fd);
	return state != NULL ? state->sent_ns : 0;
}

int stamp_ended(int fd)
{
	const struct socket_state *state = state_of(fd);
	return state != NULL ? state->ended : 0;
}

/* The kernel stamps packets as long as anybody asks for it. */
void stamp_wake(void)
{
	static int dummy = -1;
	if (dummy < 0)
		dummy = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (dummy >= 0)
		ask_for_stamps(dummy);
}

void stamp_disable(void)
{
	atomic_store(&disabled, true);
}
