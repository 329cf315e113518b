/* A simulated server in this process and a client that talks to it over sockets in a thread of its
 * own. The client's asserts would jump out of its thread, so it collects answers and the test
 * judges them afterwards. */
#ifndef BENCH_UNIT_SIM_CLIENT_H
#define BENCH_UNIT_SIM_CLIENT_H

#include "unit.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "sim/sim.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_CHAT "/v1/chat/completions"
#define CLIENT_QUESTION "\"messages\":[{\"role\":\"user\",\"content\":\"Why is the sky blue?\"}]"

struct client {
	int port;
	void (*fn)(struct client *client);
	void *context;
	int done[2]; /* a byte arrives when the client is through */
	struct buffer answers[8];
};

static inline int client_connect(const struct client *client)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET};
	address.sin_port = htons((uint16_t)client->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		return -1;
	return fd;
}

static inline void client_send(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		data += sent;
		size -= (size_t)sent;
	}
}

/* Reads once; 0: the end; -1: nothing came within the time, or the connection broke. */
static inline ssize_t client_read(int fd, struct buffer *out, int limit_ms)
{
	char bytes[65536];
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	if (poll(&ready, 1, limit_ms) <= 0)
		return -1;
	ssize_t size = recv(fd, bytes, sizeof bytes, 0);
	if (size > 0)
		buffer_append(out, bytes, (size_t)size);
	return size;
}

/* Reads until the text ends with `end` (NULL: until the connection does); not for ever. */
static inline void client_read_until(int fd, struct buffer *out, const char *end)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t tail = end ? strlen(end) : 0;
	do {
		if (end && out->size >= tail &&
			memcmp(out->data + out->size - tail, end, tail) == 0)
			return;
		if (poll(&ready, 1, 60000) == 0) {
			fprintf(stderr, "nothing came for a minute behind: %s\n",
				buffer_string(out));
			abort();
		}
	} while (client_read(fd, out, 0) > 0);
}

static inline void client_write_request(
	struct buffer *out, const char *method, const char *path, const char *body)
{
	buffer_format(out,
		"%s %s HTTP/1.1\r\nHost: sim\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
		method, path, strlen(body), body);
}

/* One request on a connection of its own, which the server closes after it. */
static inline void client_ask(const struct client *client, const char *method, const char *path,
	const char *body, struct buffer *answer)
{
	int fd = client_connect(client);
	struct buffer request = BUFFER_EMPTY;
	client_write_request(&request, method, path, body);
	client_send(fd, request.data, request.size);
	client_read_until(fd, answer, NULL);
	buffer_free(&request);
	close(fd);
}

static inline void *client_thread(void *context)
{
	struct client *client = context;
	client->fn(client);
	char byte = 1;
	ssize_t ignored = write(client->done[1], &byte, 1);
	(void)ignored;
	return NULL;
}

static inline void client_is_done(void *context, int fd, unsigned ready)
{
	loop_stop(context);
}

/* Serves until the client is through. Free the answers with client_free. */
static inline void client_run(struct client *client, const char *settings,
	void (*fn)(struct client *client), void *context)
{
	struct sim_settings chosen;
	struct error error = {0};
	sim_defaults(&chosen);
	assert_true(sim_set_all(&chosen, settings, &error));
	struct loop *loop = loop_new(&error);
	struct sim *sim = sim_new(loop, &chosen, "127.0.0.1", 0, &error);
	assert_non_null(sim);
	*client = (struct client){.port = sim_port(sim), .fn = fn, .context = context};
	for (size_t i = 0; i < sizeof client->answers / sizeof *client->answers; i++)
		buffer_init(&client->answers[i], BUFFER_UNLIMITED);
	assert_int_equal(pipe(client->done), 0);
	loop_watch(loop, client->done[0], LOOP_READ, client_is_done, loop);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, client_thread, client), 0);
	loop_run(loop);
	pthread_join(thread, NULL);
	loop_unwatch(loop, client->done[0]);
	sim_free(sim);
	loop_free(loop);
	close(client->done[0]);
	close(client->done[1]);
}

static inline void client_free(struct client *client)
{
	for (size_t i = 0; i < sizeof client->answers / sizeof *client->answers; i++)
		buffer_free(&client->answers[i]);
}

/* The body of an answer, HTTP chunks joined; `chunks` receives them one a line, '\n' as '~'. */
static inline void client_body(
	const struct buffer *answer, struct buffer *body, struct buffer *chunks)
{
	const char *head_end = strstr(buffer_string(answer), "\r\n\r\n");
	if (!head_end)
		return;
	const char *at = head_end + 4;
	bool chunked = strcasestr(answer->data, "transfer-encoding: chunked") &&
		       strcasestr(answer->data, "transfer-encoding: chunked") < head_end;
	if (!chunked) {
		buffer_text(body, at);
		return;
	}
	for (;;) {
		char *end = NULL;
		unsigned long size = strtoul(at, &end, 16);
		if (size == 0)
			return;
		at = end + 2;
		buffer_append(body, at, size);
		for (size_t i = 0; chunks && i < size; i++)
			buffer_byte(chunks, at[i] == '\n' ? '~' : at[i]);
		if (chunks)
			buffer_byte(chunks, '\n');
		at += size + 2;
	}
}

static inline void client_has(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("no %s in:\n%s", words, text);
}

#endif
