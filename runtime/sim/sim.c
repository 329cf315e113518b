#include "sim/sim.h"

#include "base/clock.h"
#include "base/memory.h"
#include "sim/play.h"
#include "sim/sim_connection.h"
#include "sim/sim_generation.h"
#include "sim/sim_reply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096
#define ACCEPTS_A_TURN 64
#define ACCEPT_PAUSE_NS (10 * CLOCK_MS_NS)

static void on_connect(void *context, int listener, unsigned ready);

static void resume_accepting(void *context)
{
	struct sim *sim = context;
	loop_watch(sim->loop, sim->listener, LOOP_READ, on_connect, sim);
}

static void on_connect(void *context, int listener, unsigned ready)
{
	(void)ready;
	struct sim *sim = context;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			sim_connection_new(sim, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			/* The connection stays in the backlog; asking again at once would only
			 * spin. */
			loop_unwatch(sim->loop, listener);
			loop_timer_set(
				sim->loop, &sim->accept_timer, clock_now_ns() + ACCEPT_PAUSE_NS);
		}
		return;
	}
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t read_address(const char *host, int port, union address *address)
{
	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons((uint16_t)port);
		return sizeof address->v4;
	}
	if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1) {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons((uint16_t)port);
		return sizeof address->v6;
	}
	return 0;
}

static int listen_on(const char *host, int port, struct error *error)
{
	union address address;
	socklen_t size = port >= 0 && port <= 65535 ? read_address(host, port, &address) : 0;
	if (!size) {
		error_set(error, ERROR_USAGE,
			"sim: %s port %d is no address to listen on; 127.0.0.1 or ::1 and a port "
			"up to 65535 are",
			host, port);
		return -1;
	}
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd >= 0 && bind(fd, &address.any, size) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error_set(error, ERROR_SYSTEM, "sim: cannot listen on %s port %d: %s%s", host, port,
		strerror(errno), errno == EADDRINUSE ? "; choose another with --port" : "");
	if (fd >= 0)
		close(fd);
	return -1;
}

static int port_of(int fd)
{
	union address address = {0};
	socklen_t size = sizeof address;
	if (getsockname(fd, &address.any, &size) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

static bool open_files(struct sim *sim, struct error *error)
{
	const char *log = sim->settings.log;
	if (log != NULL) {
		sim->log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (sim->log < 0)
			return error_set(error, ERROR_SYSTEM, "sim: cannot write the log %s: %s",
				log, strerror(errno));
	}
	if (sim->settings.play == NULL)
		return true;
	sim->play = play_read(sim->settings.play, error);
	return sim->play != NULL;
}

struct sim *sim_new(struct loop *loop, const struct sim_settings *settings, const char *host,
	int port, struct error *error)
{
	struct sim *sim = memory_new(sizeof *sim);
	sim->loop = loop;
	sim->settings = *settings;
	sim->log = sim->listener = -1;
	sim->born_ns = clock_wall_ns();
	sim->accept_timer.fn = resume_accepting;
	sim->accept_timer.context = sim;
	sim->model = sim_model_new(loop, &sim->settings);
	if (open_files(sim, error))
		sim->listener = listen_on(host, port, error);
	if (sim->listener < 0) {
		sim_free(sim);
		return NULL;
	}
	sim->port = port_of(sim->listener);
	if (settings->kind == SIM_LLAMACPP)
		sim_model_load(sim->model);
	resume_accepting(sim);
	return sim;
}

int sim_port(const struct sim *sim)
{
	return sim->port;
}

void sim_free(struct sim *sim)
{
	if (sim == NULL)
		return;
	while (sim->connections != NULL)
		sim_connection_free(sim->connections);
	sim_generation_drop_orphans(sim);
	loop_timer_clear(sim->loop, &sim->accept_timer);
	sim_model_free(sim->model);
	play_free(sim->play);
	if (sim->listener >= 0) {
		loop_unwatch(sim->loop, sim->listener);
		close(sim->listener);
	}
	if (sim->log >= 0)
		close(sim->log);
	free(sim);
}
