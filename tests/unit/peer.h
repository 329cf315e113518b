/* A small server for tests: a thread that accepts, and a thread for each connection, which a script
 * of the test serves with plain sockets. And the client's side: a loop, requests on it, and a limit
 * of time after which the test fails. */
#ifndef BENCH_UNIT_PEER_H
#define BENCH_UNIT_PEER_H

#include "unit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "net/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEER_CONNECTIONS 1024
#define PEER_PATIENCE_NS (300 * CLOCK_SECOND_NS)

/* One request, as it was read. */
struct peer_request {
	char text[8192]; /* the head, and the beginning of the body */
	size_t head, size;
};

struct peer {
	int listener, port;
	pthread_t acceptor, threads[PEER_CONNECTIONS];
	atomic_int sockets[PEER_CONNECTIONS]; /* -1 after peer_reset */
	atomic_int connections;               /* accepted so far */
	atomic_bool leaving;
	void (*serve)(struct peer *peer, int fd, int connection);
	pthread_mutex_t mutex;
	struct peer_request last; /* see peer_remember */
	_Atomic int64_t told_ns[64];
};

struct peer_connection {
	struct peer *peer;
	int fd, number;
};

/* Waits in small steps, so that a test which failed does not hang. False when the peer is
 * leaving. */
static inline bool peer_pause(struct peer *peer, int64_t ns)
{
	int64_t end = clock_now_ns() + ns;
	while (!atomic_load(&peer->leaving)) {
		int64_t left = end - clock_now_ns();
		if (left <= 0)
			return true;
		usleep((useconds_t)(left > 2000000 ? 2000 : left / 1000 + 1));
	}
	return false;
}

static inline bool peer_tell_bytes(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = sendto(fd, data, size, MSG_NOSIGNAL, NULL, 0);
		if (sent <= 0)
			return false;
		data += sent;
		size -= (size_t)sent;
	}
	return true;
}

static inline bool peer_tell(int fd, const char *text)
{
	return peer_tell_bytes(fd, text, strlen(text));
}

/* One chunk of a chunked answer, in one send. */
static inline bool peer_tell_chunk(int fd, const char *text)
{
	char chunk[4096];
	int size = snprintf(chunk, sizeof chunk, "%zx\r\n%s\r\n", strlen(text), text);
	return peer_tell_bytes(fd, chunk, (size_t)size);
}

static inline size_t peer_body_size(const char *head)
{
	const char *field = strcasestr(head, "\r\nContent-Length:");
	return field ? (size_t)atoll(field + 17) : 0;
}

/* Reads one request; false when the client has left. */
static inline bool peer_listen(int fd, struct peer_request *request)
{
	char byte[4096];
	size_t wanted = 0, seen = 0;
	memset(request, 0, sizeof *request);
	while (request->head == 0 || seen < wanted) {
		size_t most = request->head == 0 ? 1 : sizeof byte;
		if (most > wanted - seen && request->head)
			most = wanted - seen;
		ssize_t got = recvfrom(fd, byte, most, 0, NULL, NULL);
		if (got <= 0)
			return false;
		for (ssize_t i = 0; i < got && request->size + 1 < sizeof request->text; i++)
			request->text[request->size++] = byte[i];
		if (request->head) {
			seen += (size_t)got;
		} else if (strstr(request->text, "\r\n\r\n")) {
			request->head = request->size;
			wanted = peer_body_size(request->text);
		}
	}
	return true;
}

static inline void peer_remember(struct peer *peer, const struct peer_request *request)
{
	pthread_mutex_lock(&peer->mutex);
	peer->last = *request;
	pthread_mutex_unlock(&peer->mutex);
}

static inline struct peer_request peer_remembered(struct peer *peer)
{
	pthread_mutex_lock(&peer->mutex);
	struct peer_request request = peer->last;
	pthread_mutex_unlock(&peer->mutex);
	return request;
}

/* Closes a connection with RST. */
static inline void peer_reset(struct peer *peer, int number)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	int fd = atomic_exchange(&peer->sockets[number], -1);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	close(fd);
}

static inline void *peer_run_connection(void *context)
{
	struct peer_connection connection = *(struct peer_connection *)context;
	free(context);
	struct peer *peer = connection.peer;
	peer->serve(peer, connection.fd, connection.number);
	if (atomic_load(&peer->sockets[connection.number]) >= 0)
		shutdown(connection.fd, SHUT_WR);
	return NULL;
}

static inline void peer_accept(struct peer *peer, int fd)
{
	int yes = 1, number = atomic_load(&peer->connections);
	struct peer_connection *connection = memory_new(sizeof *connection);
	*connection = (struct peer_connection){peer, fd, number};
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	atomic_store(&peer->sockets[number], fd);
	atomic_store(&peer->connections, number + 1); /* before it answers: then it is asked */
	pthread_create(&peer->threads[number], NULL, peer_run_connection, connection);
}

static inline void *peer_run(void *context)
{
	struct peer *peer = context;
	while (!atomic_load(&peer->leaving)) {
		struct pollfd ready = {.fd = peer->listener, .events = POLLIN};
		if (poll(&ready, 1, 20) <= 0)
			continue;
		int fd = accept(peer->listener, NULL, NULL);
		if (fd >= 0 && atomic_load(&peer->connections) < PEER_CONNECTIONS)
			peer_accept(peer, fd);
	}
	return NULL;
}

/* On 127.0.0.1, or on ::1; false where the machine has no such address. */
static inline bool peer_bind(struct peer *peer, bool ipv6)
{
	struct sockaddr_in ipv4_address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 ipv6_address = {
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr *address =
		ipv6 ? (struct sockaddr *)&ipv6_address : (struct sockaddr *)&ipv4_address;
	socklen_t size = ipv6 ? sizeof ipv6_address : sizeof ipv4_address;
	peer->listener = socket(address->sa_family, SOCK_STREAM, 0);
	if (peer->listener < 0 || bind(peer->listener, address, size) != 0 ||
		listen(peer->listener, 512) != 0)
		return false;
	getsockname(peer->listener, address, &size);
	peer->port = ntohs(ipv6 ? ipv6_address.sin6_port : ipv4_address.sin_port);
	return true;
}

static inline bool peer_open_on(
	struct peer *peer, bool ipv6, void (*serve)(struct peer *, int, int))
{
	memset(peer, 0, sizeof *peer);
	peer->serve = serve;
	pthread_mutex_init(&peer->mutex, NULL);
	if (!peer_bind(peer, ipv6))
		return false;
	return pthread_create(&peer->acceptor, NULL, peer_run, peer) == 0;
}

static inline void peer_open(struct peer *peer, void (*serve)(struct peer *, int, int))
{
	assert_true(peer_open_on(peer, false, serve));
}

static inline void peer_close(struct peer *peer)
{
	atomic_store(&peer->leaving, true);
	pthread_join(peer->acceptor, NULL);
	int count = atomic_load(&peer->connections);
	for (int i = 0; i < count; i++)
		if (atomic_load(&peer->sockets[i]) >= 0)
			shutdown(atomic_load(&peer->sockets[i]), SHUT_RDWR);
	for (int i = 0; i < count; i++) {
		pthread_join(peer->threads[i], NULL);
		if (atomic_load(&peer->sockets[i]) >= 0)
			close(atomic_load(&peer->sockets[i]));
	}
	close(peer->listener);
}

/* ---- the client ---- */

struct client {
	struct loop *loop;
	struct http *http;
	struct loop_timer patience;
	size_t waiting;
};

struct asked {
	struct client *client;
	struct http_request *request;
	struct exchange *exchange;
	int ended; /* how often fn was called */
};

static inline void client_gives_up(void *context)
{
	fprintf(stderr, "a request did not end in time\n");
	abort();
}

static inline void client_open(struct client *client)
{
	*client = (struct client){.loop = loop_new(NULL)};
	client->http = http_new(client->loop, NULL);
	client->patience = (struct loop_timer){.fn = client_gives_up};
	loop_timer_set(client->loop, &client->patience, clock_now_ns() + PEER_PATIENCE_NS);
}

static inline void client_close(struct client *client)
{
	http_free(client->http);
	loop_timer_clear(client->loop, &client->patience);
	loop_free(client->loop);
}

/* A client, and the peer that it will ask. */
static inline void client_meet(
	struct client *client, struct peer *peer, void (*serve)(struct peer *, int, int))
{
	peer_open(peer, serve);
	client_open(client);
}

static inline void client_part(struct client *client, struct peer *peer)
{
	client_close(client);
	peer_close(peer);
}

static inline void client_ended(void *context, struct exchange *exchange)
{
	struct asked *asked = context;
	assert_ptr_equal(asked->exchange, exchange);
	asked->ended++;
	asked->request = NULL;
	if (--asked->client->waiting == 0)
		loop_stop(asked->client->loop);
}

static inline struct http_spec client_spec(const char *url)
{
	return (struct http_spec){.method = "GET",
		.url = url,
		.timeouts = {EXCHANGE_NONE, EXCHANGE_NONE, EXCHANGE_NONE, EXCHANGE_NONE},
		.cancel_after = EXCHANGE_NONE};
}

static inline const char *client_url(const struct peer *peer, const char *host)
{
	static char url[128];
	snprintf(url, sizeof url, "http://%s:%d/path", host, peer->port);
	return url;
}

/* A plain request whose body is kept. */
static inline void client_ask(
	struct client *client, struct asked *asked, const struct http_spec *spec)
{
	*asked = (struct asked){.client = client, .exchange = exchange_new()};
	asked->exchange->keep_body = true;
	client->waiting++;
	asked->request = http_start(client->http, spec, asked->exchange, client_ended, asked);
}

static inline void client_wait(struct client *client)
{
	if (client->waiting > 0)
		loop_run(client->loop);
}

/* Asks and waits; free the exchange. */
static inline struct exchange *client_get(struct client *client, const struct http_spec *spec)
{
	struct asked asked;
	client_ask(client, &asked, spec);
	assert_int_equal(asked.ended, 0);
	client_wait(client);
	assert_int_equal(asked.ended, 1);
	return asked.exchange;
}

static inline void client_check_empty(struct client *client)
{
	assert_int_equal(http_running(client->http), 0);
}

static inline void client_check_ok(struct exchange *exchange, const char *body)
{
	assert_string_equal(buffer_string(&exchange->error_message), "");
	assert_int_equal(exchange->outcome, OUTCOME_OK);
	assert_string_equal(buffer_string(&exchange->body), body);
}

static inline void client_check_failed(struct exchange *exchange, const char *kind)
{
	assert_int_equal(exchange->outcome, OUTCOME_FAILED);
	assert_string_equal(exchange->error_kind, kind);
	assert_true(exchange->error_message.size > 0);
	assert_true(exchange->t_end >= exchange->t_start);
}

#define PEER_OK "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define PEER_CHUNKED                                                                               \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

#endif
