/* bare_requests PORT CONNECTIONS REQUESTS [TOKENS]: the least that a client of libcurl can do: the
 * multi interface on epoll, one handle for each connection, the same small answer again and again,
 * or with TOKENS a stream of so many, read into as little memory as libcurl allows. Nothing is
 * stamped, judged or kept, and the answers are thrown away. It prints one JSON object: requests per
 * second. */
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#define EVENTS_PER_TURN 256
#define DESCRIPTORS_MOST 20000

static CURLM *multi;
static int epoll_fd, timeout_ms;
static long left; /* requests that did not begin */
static int running;

static void fail(const char *what)
{
	fprintf(stderr, "bare_requests: %s\n", what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	(void)data, (void)context;
	return size * count;
}

/* A registration stays, also while a connection is kept, as a client has it that cares for system
 * calls. */
static int on_interest(CURL *curl, curl_socket_t fd, int what, void *context, void *unused)
{
	static uint32_t registered[DESCRIPTORS_MOST];
	(void)curl, (void)context, (void)unused;
	uint32_t wanted =
		(what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
	struct epoll_event event = {.events = wanted, .data.fd = fd};
	if (fd >= DESCRIPTORS_MOST)
		fail("too many connections");
	if (what == CURL_POLL_REMOVE || registered[fd] == wanted)
		return 0;
	if (epoll_ctl(epoll_fd, registered[fd] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0)
		fail("cannot wait");
	registered[fd] = wanted;
	return 0;
}

static int on_timer(CURLM *curl, long wanted_ms, void *context)
{
	(void)curl, (void)context;
	timeout_ms = (int)wanted_ms;
	return 0;
}

static void begin(CURL *curl)
{
	if (left == 0)
		return;
	left--;
	if (curl_multi_add_handle(multi, curl) != CURLM_OK)
		fail("libcurl takes no more");
	curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

/* Who is done asks again. */
static void take_results(void)
{
	CURLMsg *message;
	int more;
	while ((message = curl_multi_info_read(multi, &more))) {
		CURL *curl = message->easy_handle;
		if (message->data.result != CURLE_OK)
			fail(curl_easy_strerror(message->data.result));
		curl_multi_remove_handle(multi, curl);
		begin(curl);
	}
}

static void turn(void)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int count = epoll_wait(epoll_fd, events, EVENTS_PER_TURN, timeout_ms);
	for (int i = 0; i < count; i++) {
		int ready = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
			    (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
		curl_multi_socket_action(multi, events[i].data.fd, ready, &running);
	}
	if (count == 0)
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	take_results();
}

/* One for all: libcurl borrows it. */
static const char *stream_body(const char *tokens)
{
	static char body[160];
	snprintf(body, sizeof body,
		"{\"model\":\"paced\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
		"\"stream\":true,\"max_tokens\":%d}",
		atoi(tokens));
	return body;
}

static CURL *new_handle(const char *url, const char *body)
{
	CURL *curl = curl_easy_init();
	if (!curl)
		fail("no memory");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	if (body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 1024L);
	}
	return curl;
}

int main(int argc, char **argv)
{
	char url[64];
	if (argc != 4 && argc != 5)
		return 2;
	const char *body = argc == 5 ? stream_body(argv[4]) : NULL;
	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", atoi(argv[1]),
		body ? "/v1/chat/completions" : "/tiny");
	long connections = atol(argv[2]), requests = atol(argv[3]);
	multi = curl_multi_init();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!multi || epoll_fd < 0)
		fail("cannot begin");
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_interest);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
	left = requests;
	int64_t began = now_ns();
	for (long i = 0; i < connections; i++)
		begin(new_handle(url, body));
	do
		turn();
	while (running > 0);
	printf("{\"per_second\": %.0f}\n", (double)requests * 1e9 / (double)(now_ns() - began));
}
