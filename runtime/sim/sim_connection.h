/* A client's connection: the socket under its replies (sim_reply.h), for those who frame what they
 * answer (sim_reply.c) or misbehave (play.c). */
#ifndef BENCH_SIM_SIM_CONNECTION_H
#define BENCH_SIM_SIM_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

struct sim;
struct sim_connection;

/* Takes a socket that was accepted; it is freed when the client has left, or here, whatever it is
 * doing. */
void sim_connection_new(struct sim *sim, int fd);
void sim_connection_free(struct sim_connection *connection);

/* What is queued is sent by flush; done goes on to the next request, or closes. */
void sim_connection_queue(struct sim_connection *connection, const void *data, size_t size);
void sim_connection_flush(struct sim_connection *connection);
void sim_connection_done(struct sim_connection *connection, bool closes);
void sim_connection_reset(struct sim_connection *connection); /* RST instead of FIN */

#endif
