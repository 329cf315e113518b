/* Whether the trick of stamp.c works here: libcurl reads a few bytes of ourselves. */
#include "net/stamp.h"

#include "base/clock.h"
#include "net/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SELF_TEST_NS (200 * CLOCK_MS_NS)
#define SELF_TEST_PAUSE_NS (100 * CLOCK_MS_NS / 1000)

static curl_socket_t test_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	int *kept = context;
	(void)purpose;
	*kept = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (*kept >= 0)
		stamp_open(*kept, false);
	return *kept;
}

static int test_close(void *context, curl_socket_t fd)
{
	(void)context;
	stamp_close(fd);
	return close(fd);
}

static int listen_on_loopback(int *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1) != 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
		close(fd);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}

/* One byte at a time: switching stamps on takes the kernel a while, and there is no other way to
 * know when it is done. A thread of the kernel does it, perhaps on this core: a process with
 * real-time priority that never slept would keep it from that. */
static bool wait_for_stamp(CURL *curl, int peer, int fd)
{
	const struct timespec pause = {.tv_nsec = SELF_TEST_PAUSE_NS};
	int64_t deadline = clock_now_ns() + SELF_TEST_NS;
	while (clock_now_ns() < deadline) {
		struct pollfd readable = {.fd = fd, .events = POLLIN};
		char byte = 'x';
		size_t got = 0;
		if (sendto(peer, &byte, 1, MSG_NOSIGNAL, NULL, 0) != 1 ||
			poll(&readable, 1, 10) < 0)
			return false;
		uint64_t reads = stamp_reads(fd);
		if (curl_easy_recv(curl, &byte, 1, &got) != CURLE_OK)
			continue;
		if (stamp_reads(fd) == reads)
			return false; /* libcurl reads by another way */
		if (stamp_last(fd).kernel)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static bool test_over_loopback(CURL *curl, int listener, int port)
{
	int fd = -1;
	curl_easy_setopt(curl, CURLOPT_URL, "http://127.0.0.1/");
	curl_easy_setopt(curl, CURLOPT_PORT, (long)port);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 1000L);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, test_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &fd);
	curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, test_close);
	if (curl_easy_perform(curl) != CURLE_OK)
		return false;
	int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0)
		return false;
	bool stamped = wait_for_stamp(curl, peer, fd);
	close(peer);
	return stamped;
}

bool stamp_self_test(void)
{
	int port = 0;
	stamp_wake();
	int listener = listen_on_loopback(&port);
	CURL *curl = http_init_libcurl() ? curl_easy_init() : NULL;
	bool stamped = listener >= 0 && curl != NULL && test_over_loopback(curl, listener, port);
	curl_easy_cleanup(curl);
	if (listener >= 0)
		close(listener);
	if (!stamped)
		stamp_disable();
	return stamped;
}
