#include "sim/sim.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_NS (10 * CLOCK_SECOND_NS)
#define END_NS (2 * CLOCK_SECOND_NS)

struct pipes {
	int input[2];  /* the child reads [0]: the lifeline */
	int output[2]; /* the child writes [1]: the port */
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(struct pipes *pipes)
{
	for (int i = 0; i < 2; i++) {
		close_one(&pipes->input[i]);
		close_one(&pipes->output[i]);
	}
}

static bool start(const char *assignments, struct pipes *pipes, pid_t *pid, struct error *error)
{
	char *arguments[] = {"bench", "sim", "--port", "0", "--lifeline",
		*assignments ? (char *)assignments : NULL, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes->input[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes->output[1], STDOUT_FILENO);
	/* A group of its own: Ctrl-C is for the run, which still asks this server afterwards. */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attributes, 0);
	int failed = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (failed)
		return error_set(error, ERROR_SYSTEM,
			"sim: cannot start the simulated server: /proc/self/exe: %s",
			strerror(failed));
	return true;
}

/* Reads "port N\n"; 0 when the pipe ends or time is over before it came. */
static int read_port(int fd)
{
	char line[64] = "";
	size_t size = 0;
	int64_t deadline = clock_now_ns() + START_NS;
	while (size < sizeof line - 1 && strchr(line, '\n') == NULL) {
		int64_t left_ms = (deadline - clock_now_ns()) / CLOCK_MS_NS;
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int count = left_ms > 0 ? poll(&ready, 1, (int)left_ms) : 0;
		if (count < 0 && errno == EINTR)
			continue;
		ssize_t got = count > 0 ? read(fd, line + size, sizeof line - 1 - size) : 0;
		if (got <= 0)
			return 0;
		size += (size_t)got;
		line[size] = '\0';
	}
	int port = 0;
	return sscanf(line, "port %d", &port) == 1 ? port : 0;
}

static bool wait_gone(pid_t pid, int64_t limit_ns)
{
	int64_t deadline = clock_now_ns() + limit_ns;
	for (;;) {
		pid_t gone = waitpid(pid, NULL, WNOHANG);
		if (gone == pid || (gone < 0 && errno != EINTR))
			return true;
		if (clock_now_ns() >= deadline)
			return false;
		usleep(1000);
	}
}

bool sim_spawn(const char *assignments, struct sim_process *process, struct error *error)
{
	struct pipes pipes = {{-1, -1}, {-1, -1}};
	pid_t pid = 0;
	*process = (struct sim_process){.lifeline = -1};
	bool piped = pipe2(pipes.input, O_CLOEXEC) == 0 && pipe2(pipes.output, O_CLOEXEC) == 0;
	if (!piped)
		error_set(error, ERROR_SYSTEM, "sim: no pipe to a simulated server: %s",
			strerror(errno));
	if (!piped || !start(assignments, &pipes, &pid, error)) {
		close_all(&pipes);
		return false;
	}
	close_one(&pipes.input[0]);
	close_one(&pipes.output[1]);
	process->pid = pid;
	process->lifeline = pipes.input[1];
	process->port = read_port(pipes.output[0]);
	close_one(&pipes.output[0]);
	if (process->port)
		return true;
	sim_end(process);
	return error_set(error, ERROR_SYSTEM,
		"sim: the simulated server did not start (settings: \"%s\"); its own words stand "
		"above",
		assignments);
}

void sim_end(struct sim_process *process)
{
	close_one(&process->lifeline);
	if (process->pid > 0 && !wait_gone((pid_t)process->pid, END_NS)) {
		kill((pid_t)process->pid, SIGKILL);
		waitpid((pid_t)process->pid, NULL, 0);
	}
	*process = (struct sim_process){.lifeline = -1};
}
