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

#include <stdbool.h>
#include <stdint.h>

enum sim_kind { SIM_ANY, SIM_OLLAMA, SIM_LLAMACPP, SIM_VLLM, SIM_OPENAI };

struct sim_settings {
	enum sim_kind kind;
	const char *name;         /* the model, "sim" */
	const char *quantization; /* "Q4_0" */
	const char *version;      /* of the kind it plays; NULL: the one it imitates */
	int64_t parameters;       /* 494000000 */
	int64_t context;          /* 4096 */
	int64_t slots;            /* 4; what finds none free queues */
	int64_t ttft_ns;          /* added to prefill; 50 ms */
	int64_t tpot_ns;          /* 20 ms */
	double jitter;            /* deviation of an interval, as a share; 0 */
	double prefill_tps;       /* prompt tokens per second; 2000; 0: no time at all */
	int64_t load_ns;          /* on the first request; llamacpp: from the start, with 503 */
	bool cache;               /* prefix cache of each slot; true */
	int64_t output_tokens;    /* ends by itself after as many; 64 */
	int64_t reasoning_tokens; /* come before them, in the reasoning channel; 0 */
	int64_t fail_every;       /* every n-th request answers 503; 0: never */
	uint64_t seed;            /* 1 */
	bool stamps;              /* a token's text is the monotonic ns of its sending; false */
	const char *play;         /* a file to play instead (PLAY.md); NULL */
	const char *log;          /* what was sent when (JSON lines); NULL */
};

struct sim;
void sim_defaults(struct sim_settings *settings);
/* Reads one setting, "ttft=200ms": kind name quantization version parameters context slots ttft
 * tpot jitter prefill_tps load cache output_tokens reasoning fail_every seed stamps play log.
 * Unknown names get a near miss. Text values are copied for the process's life. */
bool sim_set(struct sim_settings *settings, const char *assignment, struct error *error);
/* Several, with @ between them; "" is none. */
bool sim_set_all(struct sim_settings *settings, const char *assignments, struct error *error);

/* Listens on host (an address, "127.0.0.1" or "::1") and port (0: any) and serves on the loop until
 * freed. Settings are copied; their texts are borrowed. */
struct sim *sim_new(struct loop *loop, const struct sim_settings *settings, const char *host,
	int port, struct error *error);
int sim_port(const struct sim *sim);
void sim_free(struct sim *sim);

/* `bench sim`: serves until SIGINT, SIGTERM or, with lifeline, until standard input ends; returns
 * the exit code. Prints "port N" (lifeline) or the addresses to try (not with quiet). Must be
 * called before threads start, since it blocks signals. */
int sim_main(
	const struct sim_settings *settings, const char *host, int port, bool lifeline, bool quiet);

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
