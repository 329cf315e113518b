/* bare_client PORT STREAMS ROUNDS TOKENS [peek]: the least that a client of a paced server can do
 * and still know when each token came: epoll, recvmsg with the kernel's receive stamp, one search
 * for each line. No HTTP, no JSON, nothing kept but the errors. A read gets the stamp of the last
 * segment that it touches: who wants that of each segment must look at what waits before taking it,
 * as net/stamp.c does and this with `peek`. It prints one JSON object: tokens, and the error of
 * their stamps against the time in their text, in µs. */
#include <arpa/inet.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER 16384
#define STREAMS_MOST 20000

struct stream {
	int fd;
	long rounds;
	size_t used;
	char bytes[BUFFER];
};

static struct sockaddr_in server = {.sin_family = AF_INET};
static char request[512];
static int request_size, epoll_fd;
static long open_streams;
static bool peeks;
static double *errors;
static size_t error_count, error_capacity;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t read_clock(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void keep(int64_t error_ns)
{
	if (error_count == error_capacity) {
		error_capacity = error_capacity ? 2 * error_capacity : 4096;
		errors = realloc(errors, error_capacity * sizeof *errors);
		if (!errors)
			fail("memory");
	}
	errors[error_count++] = (double)(error_ns < 0 ? -error_ns : error_ns) / 1000;
}

static void ask(struct stream *stream)
{
	if (send(stream->fd, request, (size_t)request_size, MSG_NOSIGNAL) != request_size)
		fail("send");
	stream->rounds--;
}

static void open_stream(long rounds)
{
	int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE, one = 1;
	struct stream *stream = calloc(1, sizeof *stream);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = stream};
	if (!stream)
		fail("memory");
	stream->fd = socket(AF_INET, SOCK_STREAM, 0);
	stream->rounds = rounds;
	setsockopt(stream->fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
	setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(stream->fd, (struct sockaddr *)&server, sizeof server) != 0 ||
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, stream->fd, &event) != 0)
		fail("connect");
	open_streams++;
	ask(stream);
}

static int64_t stamp_in(struct msghdr *message)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
		part = CMSG_NXTHDR(message, part)) {
		int64_t times[6];
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPING)
			continue;
		memcpy(times, CMSG_DATA(part), sizeof times);
		return times[0] * 1000000000 + times[1];
	}
	return 0;
}

/* Without a stamp of the kernel, the clock. */
static ssize_t receive(struct stream *stream, int64_t *t_ns)
{
	char control[256];
	struct iovec part = {stream->bytes + stream->used, BUFFER - stream->used};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control};
	ssize_t got = recvmsg(stream->fd, &message, MSG_DONTWAIT | (peeks ? MSG_PEEK : 0));
	if (peeks && got > 0)
		got = recvfrom(stream->fd, part.iov_base, (size_t)got, MSG_TRUNC, NULL, NULL);
	int64_t wall = stamp_in(&message), monotonic = read_clock(CLOCK_MONOTONIC);
	*t_ns = wall ? wall - (read_clock(CLOCK_REALTIME) - monotonic) : monotonic;
	return got;
}

/* Whether the answer ended in this line. */
static bool take_line(const char *line, size_t size, int64_t t_ns)
{
	static const char mark[] = "\"content\":\"";
	const char *text = memmem(line, size, mark, sizeof mark - 1);
	if (text)
		keep(t_ns - strtoll(text + sizeof mark - 1, NULL, 10));
	return size >= 12 && memcmp(line, "data: [DONE]", 12) == 0;
}

static void finish_round(struct stream *stream)
{
	if (stream->rounds > 0) {
		ask(stream);
		return;
	}
	close(stream->fd);
	free(stream);
	open_streams--;
}

static void on_readable(struct stream *stream)
{
	int64_t t_ns;
	ssize_t got = receive(stream, &t_ns);
	bool done = false;
	if (got <= 0)
		fail("the server left");
	stream->used += (size_t)got;
	char *line = stream->bytes, *end = line + stream->used, *stop;
	for (; (stop = memchr(line, '\n', (size_t)(end - line))); line = stop + 1)
		done |= take_line(line, (size_t)(stop - line), t_ns);
	stream->used = (size_t)(end - line);
	memmove(stream->bytes, line, stream->used);
	if (done)
		finish_round(stream);
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static double quantile(double p)
{
	double position = p * (double)(error_count - 1);
	size_t below = (size_t)position;
	size_t above = below + 1 < error_count ? below + 1 : below;
	return errors[below] + (position - (double)below) * (errors[above] - errors[below]);
}

static void raise_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
	struct epoll_event events[256];
	if (argc != 5 && argc != 6)
		return 2;
	peeks = argc == 6;
	raise_files();
	char body[] = "{\"model\":\"paced\",\"stream\":true,\"max_tokens\":0000000000}";
	snprintf(strstr(body, "0000000000"), 12, "%ld}", atol(argv[4]));
	request_size = snprintf(request, sizeof request,
		"POST /v1/chat/completions HTTP/1.1\r\nHost: paced\r\nContent-Length: "
		"%zu\r\n\r\n%s",
		strlen(body), body);
	server.sin_port = htons((uint16_t)atoi(argv[1]));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (long i = 0; i < atol(argv[2]) && i < STREAMS_MOST; i++)
		open_stream(atol(argv[3]));
	while (open_streams > 0) {
		int count = epoll_wait(epoll_fd, events, 256, -1);
		for (int i = 0; i < count; i++)
			on_readable(events[i].data.ptr);
	}
	if (error_count == 0)
		return 1;
	qsort(errors, error_count, sizeof *errors, by_size);
	printf("{\"tokens\":%zu,\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f}\n", error_count,
		quantile(0.5), quantile(0.99), errors[error_count - 1]);
}
