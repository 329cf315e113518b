/* A simulated server: every dialect, exact token times, every way to misbehave. It runs in a process
 * of its own, on the same loop code as the client. */
#ifndef BENCH_SIM_SIM_H
#define BENCH_SIM_SIM_H

#include "base/error.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_settings {
	const char *name;          /* the model, "sim" */
	const char *quantization;  /* "Q4_0" */
	const char *version;       /* of the kind it plays; NULL: the one it imitates */
	int64_t parameters;        /* 494000000 */
	int64_t context;           /* 4096 */
	int slots;                 /* 4; what finds none free queues */
	int64_t ttft_ns;           /* added to prefill; 50 ms */
	int64_t tpot_ns;           /* 20 ms */
	double jitter;             /* deviation of an interval, as a share; 0 */
	double prefill_tps;        /* prompt tokens per second; 2000; 0: none */
	int64_t load_ns;           /* model load on the first request; 0 */
	bool cache;                /* prefix cache; true */
	int64_t output_tokens;     /* ends by itself after as many; 64 */
	int64_t fail_every;        /* every n-th request answers 503; 0: never */
	uint64_t seed;             /* 1 */
	const char *play;          /* a file to play instead (sim/play.h); NULL */
	const char *log;           /* what was sent when (JSON lines); NULL */
};

struct sim;
void sim_defaults(struct sim_settings *settings);
/* Reads "ttft=200ms"; unknown names get a near miss. Text values are copied for the process's life. */
bool sim_set(struct sim_settings *settings, const char *assignment, struct error *error);

/* Listens on 127.0.0.1:port (0: any) and serves on the loop until freed. */
struct sim *sim_new(struct loop *loop, const struct sim_settings *settings, const char *host,
	int port, struct error *error);
int sim_port(const struct sim *sim);
void sim_free(struct sim *sim);

/* Starts `bench sim` of ourselves with these assignments ("ttft=200ms@tpot=20ms"), waits until it
 * listens. It ends when this process does (its standard input is our pipe). Must be called before
 * threads start or from a process without locks held: it is posix_spawn of /proc/self/exe. */
struct sim_process {
	int64_t pid;
	int port;
	int lifeline; /* close it to end the process */
};
bool sim_spawn(const char *assignments, struct sim_process *process, struct error *error);
void sim_end(struct sim_process *process);

#endif
