/* Reads the requests of a connection, one after the other, and sends what they are answered. */
#include "sim/sim_connection.h"

#include "base/clock.h"
#include "base/memory.h"
#include "net/stamp.h"
#include "sim/play.h"
#include "sim/sim_log.h"
#include "sim/sim_reply.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_MAX ((size_t)256 << 10)  /* read ahead of a request that is being answered */
#define OUTPUT_MAX ((size_t)256 << 20) /* a client that reads so much less is given up */
#define LINGER_NS CLOCK_SECOND_NS
#define IDLE_NS (5 * CLOCK_SECOND_NS) /* llama-server and vLLM close a connection after it */

struct sim_connection {
	struct sim *sim;
	struct sim_connection *previous, *next;
	int fd;
	bool busy;    /* a request is being answered */
	bool serving; /* serve() is on the stack */
	bool dead;    /* the client left, or was given up: freed at the next attention */
	bool closing; /* closed once everything is sent */
	bool blocked; /* waits until the socket takes more */
	bool lingers; /* the client may still be sending: closing at once would reset it */
	struct buffer input, output;
	size_t sent;         /* of output */
	int64_t reset_by_ns; /* 0: it is not reset */
	struct sim_http http;
	struct sim_reply reply;
	struct loop_timer attention; /* work that must not be done inside a callback of the model */
	struct loop_timer idle;
};

static void on_ready(void *context, int fd, unsigned ready);

void sim_connection_free(struct sim_connection *connection)
{
	struct sim *sim = connection->sim;
	loop_timer_clear(sim->loop, &connection->attention);
	loop_timer_clear(sim->loop, &connection->idle);
	if (connection->reply.abandon != NULL)
		connection->reply.abandon(connection->reply.work);
	*(connection->previous != NULL ? &connection->previous->next : &sim->connections) =
		connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	loop_unwatch(sim->loop, connection->fd);
	stamp_close(connection->fd);
	close(connection->fd);
	sim_http_reset(&connection->http);
	buffer_free(&connection->input);
	buffer_free(&connection->output);
	free(connection);
}

static void call_attention(struct sim_connection *connection)
{
	loop_timer_set(connection->sim->loop, &connection->attention, clock_now_ns());
}

static void watch(struct sim_connection *connection)
{
	unsigned interest = connection->blocked ? LOOP_WRITE : 0;
	if (connection->input.size < INPUT_MAX)
		interest |= LOOP_READ;
	loop_watch(connection->sim->loop, connection->fd, interest, on_ready, connection);
}

static void give_up(struct sim_connection *connection)
{
	if (connection->dead)
		return;
	connection->dead = true;
	loop_unwatch(connection->sim->loop, connection->fd);
	call_attention(connection);
}

static void begin_request(struct sim_connection *connection)
{
	struct sim *sim = connection->sim;
	connection->busy = true;
	loop_timer_clear(sim->loop, &connection->idle);
	connection->reply = (struct sim_reply){
		.sim = sim,
		.connection = connection,
		.http = &connection->http,
		.number = ++sim->requests,
		.received_ns = stamp_last(connection->fd).t_ns,
		.close = !connection->http.keep_alive,
	};
	sim_log_request(&connection->reply);
	if (sim->play == NULL || !play_answer(sim->play, &connection->reply))
		sim_route(&connection->reply);
}

/* A request that cannot be read: the rest of the bytes has no meaning either. */
static void refuse(struct sim_connection *connection, int status)
{
	char text[128];
	int size = snprintf(text, sizeof text,
		"HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status,
		sim_reply_reason(status));
	buffer_clear(&connection->input);
	connection->busy = true;
	connection->lingers = true;
	sim_connection_queue(connection, text, (size_t)size);
	sim_connection_flush(connection);
	sim_connection_done(connection, true);
}

static void serve(struct sim_connection *connection)
{
	connection->serving = true;
	while (!connection->busy && !connection->dead && !connection->closing &&
		connection->input.size) {
		struct sim_http *http = &connection->http;
		size_t used = 0;
		int refused =
			sim_http_feed(http, connection->input.data, connection->input.size, &used);
		buffer_drop(&connection->input, used);
		if (refused) {
			refuse(connection, refused);
			break;
		}
		if (http->wants_continue) {
			http->wants_continue = false;
			sim_connection_queue(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
			sim_connection_flush(connection);
		}
		if (http->stage == SIM_HTTP_WHOLE)
			begin_request(connection);
	}
	connection->serving = false;
	if (!connection->dead)
		watch(connection);
}

/* A reset drops what the kernel holds back until the client's has answered (ten segments are under
 * way at first): with it an answer would lose its end. */
static bool waits_to_reset(const struct sim_connection *connection)
{
	int unsent = 0;
	return clock_now_ns() < connection->reset_by_ns &&
	       ioctl(connection->fd, SIOCOUTQNSD, &unsent) == 0 && unsent > 0;
}

static void attend(void *context)
{
	struct sim_connection *connection = context;
	bool sent = connection->closing && !connection->blocked;
	if (waits_to_reset(connection)) {
		loop_timer_set(connection->sim->loop, &connection->attention,
			clock_now_ns() + CLOCK_MS_NS);
	} else if (sent && connection->lingers && !connection->dead) {
		connection->lingers = false;
		shutdown(connection->fd, SHUT_WR);
		loop_timer_set(
			connection->sim->loop, &connection->attention, clock_now_ns() + LINGER_NS);
	} else if (sent || connection->dead) {
		sim_connection_free(connection);
	} else {
		serve(connection);
	}
}

static void receive(struct sim_connection *connection)
{
	static char bytes[65536]; /* one thread owns a loop, and this is empty between calls */
	ssize_t size = recv(connection->fd, bytes, sizeof bytes, 0); /* by stamp.c's, in a play */
	if (size > 0) {
		if (!connection->closing)
			buffer_append(&connection->input, bytes, (size_t)size);
		serve(connection);
		return;
	}
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	give_up(connection);
}

static void send_output(struct sim_connection *connection)
{
	struct buffer *output = &connection->output;
	ssize_t sent = send(connection->fd, output->data + connection->sent,
		output->size - connection->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		give_up(connection);
		return;
	}
	connection->sent += sent > 0 ? (size_t)sent : 0;
	bool blocked = connection->sent < output->size;
	if (!blocked) {
		buffer_clear(output);
		connection->sent = 0;
	}
	if (blocked != connection->blocked) {
		connection->blocked = blocked;
		watch(connection);
	}
	if (connection->closing && !blocked)
		call_attention(connection);
}

static void on_ready(void *context, int fd, unsigned ready)
{
	(void)fd;
	struct sim_connection *connection = context;
	if (connection->dead)
		return;
	if (connection->blocked && (ready & LOOP_WRITE))
		send_output(connection);
	if (!connection->dead && (ready & LOOP_READ))
		receive(connection);
}

void sim_connection_queue(struct sim_connection *connection, const void *data, size_t size)
{
	if (connection->dead)
		return;
	if (connection->output.size + size > OUTPUT_MAX)
		give_up(connection);
	else
		buffer_append(&connection->output, data, size);
}

void sim_connection_flush(struct sim_connection *connection)
{
	if (connection->dead || connection->output.size == 0 || connection->blocked)
		return;
	size_t bytes = connection->output.size;
	int64_t now = clock_now_ns();
	send_output(connection);
	if (connection->reply.sim != NULL)
		sim_log_send(&connection->reply, now, bytes);
}

static void close_idle(void *context)
{
	struct sim_connection *connection = context;
	if (!connection->busy && connection->input.size == 0 &&
		connection->http.stage == SIM_HTTP_REQUEST_LINE)
		give_up(connection);
}

void sim_connection_done(struct sim_connection *connection, bool closes)
{
	struct sim *sim = connection->sim;
	enum sim_kind kind = connection->reply.kind;
	connection->busy = false;
	connection->reply = (struct sim_reply){0};
	sim_http_reset(&connection->http);
	if (connection->dead)
		return;
	if (closes) {
		connection->closing = true;
		if (!connection->blocked)
			call_attention(connection);
		return;
	}
	if ((kind == SIM_LLAMACPP || kind == SIM_VLLM) && sim->play == NULL)
		loop_timer_set(sim->loop, &connection->idle, clock_now_ns() + IDLE_NS);
	if (connection->input.size && !connection->serving)
		call_attention(connection);
}

void sim_connection_reset(struct sim_connection *connection)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	connection->reply.abandon = NULL;
	connection->reset_by_ns = clock_now_ns() + LINGER_NS;
	give_up(connection);
}

void sim_connection_new(struct sim *sim, int fd)
{
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (sim->play != NULL) /* a play is on time, or its log says by how much it was not */
		stamp_open_accepted(fd);
	struct sim_connection *connection = memory_new(sizeof *connection);
	connection->sim = sim;
	connection->fd = fd;
	connection->next = sim->connections;
	if (connection->next != NULL)
		connection->next->previous = connection;
	sim->connections = connection;
	buffer_init(&connection->input, BUFFER_UNLIMITED);
	buffer_init(&connection->output, BUFFER_UNLIMITED);
	sim_http_init(&connection->http);
	connection->attention.fn = attend;
	connection->attention.context = connection;
	connection->idle.fn = close_idle;
	connection->idle.context = connection;
	watch(connection);
}
