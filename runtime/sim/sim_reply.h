/* A request that is being answered, and how each kind of server frames what it answers: its head,
 * its chunks, its end. From a socket to its answer and back:
 *
 *   sim_connection.c  reads requests (sim_http.h), one after the other of a connection
 *   play.c            answers what its file foresees
 *   sim_route.c       chooses by path who answers the rest: a page of the dialects, or a generation
 *   sim_reply.c       frames what they write, by the functions of this header
 *   sim_connection.c  sends it
 *
 * Whoever answers does so now or later, and ends with sim_reply_end or with a function that does
 * (sim_reply_whole, _json, _page); then the reply is another request's. Who answers later sets
 * `abandon`, for a client that leaves before. */
#ifndef BENCH_SIM_SIM_REPLY_H
#define BENCH_SIM_SIM_REPLY_H

#include "base/buffer.h"
#include "sim/sim_http.h"
#include "sim/sim_model.h"

struct sim_connection;

/* What all requests of one server share. */
struct sim {
	struct loop *loop;
	struct sim_settings settings;
	struct sim_model *model;
	struct play *play; /* NULL: the timing model answers everything */
	struct sim_connection *connections;
	struct sim_generation *orphans; /* whose clients left, and which run on */
	struct loop_timer accept_timer;
	int listener;
	int log; /* descriptor, or -1 */
	int port;
	int64_t born_ns;   /* wall clock */
	uint64_t requests; /* read whole so far */
	uint64_t asked;    /* of them, those that ask the model for something */
};

struct sim_reply {
	struct sim *sim;
	struct sim_connection *connection;
	const struct sim_http *http; /* the request; valid until the answer ends */
	enum sim_kind kind;          /* in whose manner; never SIM_ANY */
	uint64_t number;             /* of the request in this server */
	int64_t received_ns;         /* when its end was read; of a play: when that arrived */
	int64_t planned_ns;          /* when what is sent next was to be sent; 0: unplanned */
	bool headed;                 /* the head is queued or sent */
	bool chunked;                /* so said the head */
	bool close;                  /* the connection, after the end */
	/* Called when the client leaves before the end; the reply must not be touched after it. */
	void (*abandon)(void *work);
	void *work;
};

struct sim_head {
	int status;
	const char *type;  /* Content-Type; NULL: none */
	int64_t length;    /* -1: chunked */
	const char *extra; /* more header lines, each with its CRLF; NULL: none */
};

/* Queues a head in the manner of the reply's kind. */
void sim_reply_head(struct sim_reply *reply, const struct sim_head *head);
/* Queues bytes as they are. */
void sim_reply_bytes(struct sim_reply *reply, const void *data, size_t size);
/* Queues them as one HTTP chunk. */
void sim_reply_chunk(struct sim_reply *reply, const void *data, size_t size);
/* Sends what is queued, in one send. */
void sim_reply_flush(struct sim_reply *reply);
/* Queues the closing chunk where there are chunks, sends, and goes on to the next request. */
void sim_reply_end(struct sim_reply *reply);

/* Head, body and end of an answer that has a length; extra as in struct sim_head. */
void sim_reply_whole(struct sim_reply *reply, int status, const char *type, const char *extra,
	const char *data, size_t size);
/* The same, 200 and of the type that JSON has in this kind. */
void sim_reply_json(struct sim_reply *reply, const struct buffer *body);
void sim_reply_page(struct sim_reply *reply, struct buffer *body); /* and frees the body */
const char *sim_reply_json_type(const struct sim_reply *reply);
bool sim_reply_is_v1(const struct sim_reply *reply); /* Ollama answers differently below /v1 */
const char *sim_reply_reason(int status);            /* "Not Found" */

/* sim_route.c: answers the request, now or later. */
void sim_route(struct sim_reply *reply);

#endif
