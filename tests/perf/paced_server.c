/* paced_server [--ttft US] [--interval US] [--batch N] [--lockstep] [--spread] [--gather N]
 * [--cpu N]: answers POST requests as a server of the OpenAI API streams, one chunk for each token,
 * on a fixed plan; with --gather it begins when N requests are there. The text of a token is the
 * monotonic time in ns at which it was sent, so that whoever reads it knows its own error.
 * max_tokens of the request says how many there are. GET /tiny is a small answer at once. It prints
 * its port on a line and serves until stdin ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MOST 20000
#define REQUEST_MOST 16384
#define BATCH_MOST 256
#define CHUNK_MOST 512    /* a token with its frame */
#define HELD_NS INT64_MAX /* the first token of who waits for the others */

struct connection {
	int fd;
	size_t used; /* of request */
	long tokens, sent;
	int64_t due_ns, next_ns; /* as planned; 0 in next_ns: nothing to send */
	char request[REQUEST_MOST];
};

static struct {
	int64_t ttft_ns, interval_ns;
	long batch, gather;
	bool lockstep, spread;
	int cpu;
} plan = {.ttft_ns = 50000000, .interval_ns = 20000000, .batch = 1, .cpu = -1};

static int epoll_fd, listener;
static long accepted; /* streams */
static struct connection *connections[CONNECTIONS_MOST];
static struct connection *heap[CONNECTIONS_MOST + 1]; /* by next_ns; [0] is not used */
static size_t heap_size;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- who sends next ---- */

static void sink(size_t at)
{
	struct connection *moved = heap[at];
	for (size_t child; (child = 2 * at) <= heap_size; at = child) {
		if (child < heap_size && heap[child + 1]->next_ns < heap[child]->next_ns)
			child++;
		if (moved->next_ns <= heap[child]->next_ns)
			break;
		heap[at] = heap[child];
	}
	heap[at] = moved;
}

static void schedule(struct connection *connection)
{
	size_t at = ++heap_size;
	for (; at > 1 && heap[at / 2]->next_ns > connection->next_ns; at /= 2)
		heap[at] = heap[at / 2];
	heap[at] = connection;
}

static void unschedule(struct connection *connection)
{
	for (size_t at = 1; at <= heap_size; at++) {
		if (heap[at] != connection)
			continue;
		heap[at] = heap[heap_size--];
		for (size_t root = heap_size / 2; root >= 1; root--)
			sink(root);
		return;
	}
}

/* ---- connections ---- */

static void drop(struct connection *connection)
{
	if (connection->next_ns)
		unschedule(connection);
	connections[connection->fd] = NULL;
	close(connection->fd);
	free(connection);
}

static bool transmit(struct connection *connection, const char *data, size_t size)
{
	return send(connection->fd, data, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static void answer_whole(struct connection *connection, int status, const char *body)
{
	char data[512];
	int size = snprintf(data, sizeof data,
		"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		status, status == 200 ? "OK" : "Not Found", strlen(body), body);
	if (!transmit(connection, data, (size_t)size))
		drop(connection);
}

/* Where a stream's first token belongs. In lock-step all streams share one grid, as in a server
 * that decodes its batch together; spread puts each at its own place within an interval. */
static int64_t first_due(int64_t now, size_t number)
{
	int64_t due = now + plan.ttft_ns;
	if (plan.lockstep)
		return due - due % plan.interval_ns + plan.interval_ns;
	if (plan.spread)
		due += (int64_t)((number * 2654435769U) % 4096U) * plan.interval_ns / 4096;
	return due;
}

/* All that were held begin. */
static void release(int64_t now)
{
	for (size_t at = 1; at <= heap_size; at++)
		if (heap[at]->next_ns == HELD_NS)
			heap[at]->due_ns = heap[at]->next_ns = first_due(now, at);
	for (size_t root = heap_size / 2; root >= 1; root--)
		sink(root);
}

static void begin_stream(struct connection *connection, const char *body)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n";
	const char *wanted = strstr(body, "\"max_tokens\":");
	connection->tokens = wanted ? strtol(wanted + 13, NULL, 10) : 16;
	connection->sent = 0;
	int64_t now = now_ns();
	connection->due_ns = connection->next_ns =
		accepted++ < plan.gather ? HELD_NS : first_due(now, (size_t)accepted);
	schedule(connection);
	if (accepted == plan.gather)
		release(now);
	if (!transmit(connection, head, sizeof head - 1))
		drop(connection);
}

static void answer(struct connection *connection, const char *body)
{
	const char *line = connection->request;
	if (strncmp(line, "POST ", 5) == 0)
		begin_stream(connection, body);
	else if (strncmp(line, "GET /tiny ", 10) == 0)
		answer_whole(connection, 200, "{\"text\":\"42\",\"tokens\":1}");
	else if (strncmp(line, "GET /v1/models ", 15) == 0)
		answer_whole(
			connection, 200, "{\"object\":\"list\",\"data\":[{\"id\":\"paced\"}]}");
	else
		answer_whole(connection, 404, "{}");
}

/* One request at a time: nobody here sends a second one before the answer. */
static void on_readable(struct connection *connection)
{
	size_t room = REQUEST_MOST - 1 - connection->used;
	ssize_t got = read(connection->fd, connection->request + connection->used, room);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0 || connection->next_ns) {
		drop(connection);
		return;
	}
	connection->used += (size_t)got;
	connection->request[connection->used] = '\0';
	const char *body = strstr(connection->request, "\r\n\r\n");
	if (!body)
		return;
	const char *length = strcasestr(connection->request, "\r\nContent-Length:");
	size_t wanted = length && length < body ? strtoul(length + 17, NULL, 10) : 0;
	body += 4;
	if (connection->used - (size_t)(body - connection->request) < wanted)
		return;
	connection->used = 0;
	answer(connection, body);
}

static void accept_all(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int one = 1, fd;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= CONNECTIONS_MOST) {
			close(fd);
			continue;
		}
		struct connection *connection = calloc(1, sizeof *connection);
		if (!connection)
			fail("memory");
		connection->fd = event.data.fd = fd;
		connections[fd] = connection;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
			fail("epoll");
	}
}

/* ---- tokens ---- */

static int put_chunk(char *out, const char *text)
{
	return sprintf(out, "%zx\r\n%s\r\n", strlen(text), text);
}

/* Like those of vLLM in size and shape. */
static int put_token(char *out, const struct connection *connection, int64_t sent_ns)
{
	char text[CHUNK_MOST - 16];
	snprintf(text, sizeof text,
		"data: {\"id\":\"chatcmpl-0123456789abcdef0123456789abcdef\",\"object\":"
		"\"chat.completion.chunk\",\"created\":1764000000,\"model\":\"paced\",\"choices\":"
		"[{\"index\":0,\"delta\":{\"content\":\"%lld \"},\"logprobs\":null,"
		"\"finish_reason\":%s}]}\n\n",
		(long long)sent_ns,
		connection->sent + 1 == connection->tokens ? "\"length\"" : "null");
	return put_chunk(out, text);
}

/* All tokens of a batch leave in one segment, with one time. */
static void send_due(struct connection *connection)
{
	static char data[BATCH_MOST * CHUNK_MOST + CHUNK_MOST];
	int size = 0;
	int64_t now = now_ns();
	for (long i = 0; i < plan.batch && connection->sent < connection->tokens; i++) {
		size += put_token(data + size, connection, now);
		connection->sent++;
	}
	bool last = connection->sent >= connection->tokens;
	if (last) {
		size += put_chunk(data + size, "data: [DONE]\n\n");
		size += sprintf(data + size, "0\r\n\r\n");
		connection->next_ns = 0;
		heap[1] = heap[heap_size--];
	} else {
		connection->due_ns += plan.interval_ns;
		connection->next_ns = connection->due_ns;
	}
	if (heap_size)
		sink(1);
	if (!transmit(connection, data, (size_t)size))
		drop(connection);
}

/* ---- life ---- */

static void wait_for_something(void)
{
	struct pollfd ready[2] = {{.fd = epoll_fd, .events = POLLIN}, {.events = POLLIN}};
	struct timespec timeout = {0, 0};
	int64_t left = heap_size ? heap[1]->next_ns - now_ns() : 3600000000000;
	if (left > 0)
		timeout = (struct timespec){left / 1000000000, (long)(left % 1000000000)};
	if (ppoll(ready, 2, &timeout, NULL) > 0 && ready[1].revents)
		exit(0);
}

static void turn(void)
{
	struct epoll_event events[64];
	wait_for_something();
	while (heap_size && heap[1]->next_ns <= now_ns())
		send_due(heap[1]);
	int count = epoll_wait(epoll_fd, events, 64, 0);
	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == listener)
			accept_all();
		else if (connections[events[i].data.fd])
			on_readable(connections[events[i].data.fd]);
	}
}

static void listen_somewhere(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN};
	socklen_t size = sizeof address;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (listener < 0 || epoll_fd < 0 ||
		bind(listener, (struct sockaddr *)&address, size) != 0 ||
		listen(listener, 4096) != 0 ||
		getsockname(listener, (struct sockaddr *)&address, &size) != 0)
		fail("cannot listen");
	event.data.fd = listener;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) != 0)
		fail("epoll");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
}

/* Punctual where the machine allows it; its lateness moves no error, since it sends the time it
 * sent at. */
static void settle_down(void)
{
	struct sched_param priority = {.sched_priority = 20};
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	prctl(PR_SET_TIMERSLACK, 1UL);
	sched_setscheduler(0, SCHED_FIFO, &priority);
	if (plan.cpu < 0)
		return;
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)plan.cpu, &set);
	sched_setaffinity(0, sizeof set, &set);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"ttft", 1, NULL, 't'}, {"interval", 1, NULL, 'i'},
		{"batch", 1, NULL, 'b'}, {"lockstep", 0, NULL, 'l'}, {"spread", 0, NULL, 's'},
		{"gather", 1, NULL, 'g'}, {"cpu", 1, NULL, 'c'}, {NULL, 0, NULL, 0}};
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (option) {
		case 't':
			plan.ttft_ns = atoll(optarg) * 1000;
			break;
		case 'i':
			plan.interval_ns = atoll(optarg) * 1000;
			break;
		case 'b':
			plan.batch = atol(optarg) < BATCH_MOST ? atol(optarg) : BATCH_MOST;
			break;
		case 'l':
			plan.lockstep = true;
			break;
		case 's':
			plan.spread = true;
			break;
		case 'g':
			plan.gather = atol(optarg);
			break;
		case 'c':
			plan.cpu = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	settle_down();
	listen_somewhere();
	for (;;)
		turn();
}
