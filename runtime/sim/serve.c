#include "sim/sim.h"

#include "base/interrupt.h"
#include "base/output.h"
#include "machine/facts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_OK 0
#define EXIT_USAGE 2

static void on_signal(void *context, int signal_number)
{
	(void)signal_number;
	loop_stop(context);
}

/* Nothing is read from the lifeline: its end is the message. */
static void on_lifeline(void *context, int fd, unsigned ready)
{
	char bytes[256];
	ssize_t size = ready & LOOP_READ ? read(fd, bytes, sizeof bytes) : 1;
	if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
		loop_stop(context);
}

static bool watch_lifeline(struct loop *loop, struct error *error)
{
	struct stat facts;
	bool pipe = fstat(STDIN_FILENO, &facts) == 0 &&
		    (S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode));
	if (!pipe)
		return error_set(error, ERROR_USAGE,
			"sim: --lifeline needs a pipe as standard input; it ends when the pipe "
			"does");
	loop_watch(loop, STDIN_FILENO, LOOP_READ, on_lifeline, loop);
	return true;
}

static void announce(const struct sim_settings *settings, const char *host, int port)
{
	bool v6 = strchr(host, ':') != NULL;
	output_format(OUTPUT_STDOUT, "a simulated server listens on %s%s%s:%d; try\n",
		v6 ? "[" : "", host, v6 ? "]" : "", port);
	for (int kind = SIM_OLLAMA; kind <= SIM_OPENAI; kind++)
		if (settings->kind == SIM_ANY || settings->kind == (enum sim_kind)kind)
			output_format(OUTPUT_STDOUT,
				"  bench run scripts/sky_blue.lua --backends '%s://%s%s%s:%d#%s'\n",
				sim_kind_name((enum sim_kind)kind), v6 ? "[" : "", host,
				v6 ? "]" : "", port, settings->name);
	output_text(OUTPUT_STDOUT, "Ctrl-C ends it\n");
}

static void say_where(
	const struct sim_settings *settings, const char *host, int port, enum sim_listener listener)
{
	if (listener == SIM_STARTER)
		output_format(OUTPUT_STDOUT, "port %d\n", port);
	else if (listener == SIM_PEOPLE)
		announce(settings, host, port);
	output_flush();
}

int sim_main(
	const struct sim_settings *settings, const char *host, int port, enum sim_listener listener)
{
	struct error error = {0};
	interrupt_block();
	signal(SIGPIPE, SIG_IGN); /* a client that leaves must not end the process */
	facts_raise_descriptors();
	prctl(PR_SET_TIMERSLACK, 1UL); /* else timers are rounded up by 50 us */
	struct loop *loop = loop_new(&error);
	bool ready = loop != NULL && (listener != SIM_STARTER || watch_lifeline(loop, &error));
	struct sim *sim = ready ? sim_new(loop, settings, host, port, &error) : NULL;
	if (sim != NULL) {
		loop_on_signal(loop, on_signal, loop);
		say_where(settings, host, sim_port(sim), listener);
		loop_run(loop);
	} else {
		output_format(OUTPUT_STDERR, "bench: %s\n", error.message);
		output_flush();
	}
	sim_free(sim);
	loop_free(loop);
	return sim != NULL ? EXIT_OK : EXIT_USAGE;
}
