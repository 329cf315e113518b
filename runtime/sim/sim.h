/* A simulated server: every dialect, exact token times, every way to misbehave. It runs in a
 * process of its own, on the same loop code as the client.
 *
 * One port serves all dialects, told apart by path. `kind` decides how /v1/... looks and which
 * paths are not there; without it everything is there and /v1/... looks like llama-server's, which
 * carries the server's own clock.
 *
 * The model: a request waits until the model is loaded, then first come, first served for a slot;
 * the slot evaluates the prompt tokens that its last prompt does not share (prefill_tps), waits
 * ttft, and gives the first token. Token i follows at first + the sum of i intervals, by an
 * absolute plan that no late wake-up shifts. Tokens are counted by sim_tokens.h. An answer has
 * output_tokens tokens; the end token is not counted. */
#ifndef BENCH_SIM_SIM_H
#define BENCH_SIM_SIM_H

#include "base/error.h"
#include "net/loop.h"
#include "sim/sim_settings.h"

#include <stdbool.h>
#include <stdint.h>

struct sim;
/* Listens on host (an address, "127.0.0.1" or "::1") and port (0: any) and serves on the loop until
 * freed. Settings are copied; their texts are borrowed. */
struct sim *sim_new(struct loop *loop, const struct sim_settings *settings, const char *host,
	int port, struct error *error);
int sim_port(const struct sim *sim);
void sim_free(struct sim *sim);

/* Whom a server of `bench sim` talks to, on standard output. */
enum sim_listener {
	SIM_PEOPLE, /* the addresses to try */
	SIM_NOBODY,
	SIM_STARTER /* "port N"; and it ends with standard input, the lifeline */
};
/* `bench sim`: serves until SIGINT, SIGTERM or the end of the lifeline; returns the exit code. Must
 * be called before threads start, since it blocks signals. */
int sim_main(const struct sim_settings *settings, const char *host, int port,
	enum sim_listener listener);

/* Starts `bench sim` of ourselves with these assignments ("ttft=200ms@tpot=20ms"), waits until it
 * listens. It ends when this process does (its standard input is our pipe). Must be called before
 * threads start or from a process without locks held: it is posix_spawn of /proc/self/exe, as
 * `sim --port 0 --lifeline ASSIGNMENTS`. */
struct sim_process {
	int64_t pid;
	int port;
	int lifeline; /* close it to end the process */
};
bool sim_spawn(const char *assignments, struct sim_process *process, struct error *error);
/* Ends it and waits until it is gone. */
void sim_end(struct sim_process *process);

#endif
