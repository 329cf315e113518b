#include "net/stamp_segment.h"

#include "base/clock.h"
#include "base/text.h"

#include <linux/net_tstamp.h>
#include <string.h>
#include <sys/socket.h>

/* SCM_TIMESTAMPING holds three times, the first by software. Other sizes than three pairs of 64
 * bits are of an ABI we do not read. */
static int64_t stamp_in(struct msghdr *message)
{
	int64_t times[6];
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
		part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPING ||
			part->cmsg_len != CMSG_LEN(sizeof times))
			continue;
		memcpy(times, CMSG_DATA(part), sizeof times);
		return times[0] * CLOCK_SECOND_NS + times[1];
	}
	return 0;
}

ssize_t stamp_receive(int fd, void *data, size_t size, int flags, int64_t *wall_ns)
{
	union {
		struct cmsghdr align;
		char bytes[256];
	} control;
	struct iovec part = {data, size};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes};
	ssize_t got = recvmsg(fd, &message, flags);
	*wall_ns = got > 0 ? stamp_in(&message) : 0;
	return got;
}

/* Copies nothing, so `data` stays as it is; it must be as large as `size` for those who watch
 * memory. */
static int64_t stamp_of_first(int fd, void *data, size_t size)
{
	int64_t wall_ns = 0;
	stamp_receive(fd, data, size, MSG_PEEK | MSG_TRUNC, &wall_ns);
	return wall_ns;
}

static size_t until(const char *data, size_t size, char c)
{
	const char *found = memchr(data, c, size);
	return found != NULL ? (size_t)(found - data) : size;
}

/* Where the first line ends, with the empty lines behind it and a chunk's size before it. Beyond
 * that it matters where a segment ends. */
static size_t first_line_size(const char *data, size_t size)
{
	size_t at = 0;
	while (at < size && text_hex_digit(data[at]) >= 0)
		at++;
	if (at > 0 && at + 2 <= size && memcmp(data + at, "\r\n", 2) == 0)
		at += 2;
	else
		at = 0;
	at += until(data + at, until(data + at, size - at, '\n'), '\r');
	while (at < size && (data[at] == '\n' || data[at] == '\r'))
		at++;
	return at;
}

/* How many of `size` waiting bytes have the first one's stamp. Known: the first byte has it, the
 * last does not. Most segments are one line, so that is tried first. */
static size_t segment_size(int fd, void *data, size_t size, int64_t first_ns)
{
	size_t line = first_line_size(data, size);
	size_t same = 1, differs = size, next = line > 1 ? line : 2;
	while (differs - same > 1) {
		if (stamp_of_first(fd, data, next) == first_ns)
			same = next;
		else
			differs = next;
		next = same == line ? line + 1 : same + (differs - same) / 2;
	}
	return same;
}

size_t stamp_peek(int fd, void *data, size_t size, ssize_t *waiting, int64_t *wall_ns)
{
	*waiting = stamp_receive(fd, data, size, MSG_PEEK, wall_ns);
	size_t all = *waiting > 0 ? (size_t)*waiting : 0;
	if (*wall_ns == 0 || first_line_size(data, all) == all)
		return all;
	int64_t first_ns = stamp_of_first(fd, data, 1);
	/* Later than the last one's: the segment has grown since, by what has that stamp. */
	if (first_ns == 0 || first_ns >= *wall_ns)
		return all;
	*wall_ns = first_ns;
	return segment_size(fd, data, all, first_ns);
}
