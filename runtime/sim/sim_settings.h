/* What a simulated server is like: its kind, its model, its speed, its faults. */
#ifndef BENCH_SIM_SIM_SETTINGS_H
#define BENCH_SIM_SIM_SETTINGS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum sim_kind { SIM_ANY, SIM_OLLAMA, SIM_LLAMACPP, SIM_VLLM, SIM_OPENAI };
const char *sim_kind_name(enum sim_kind kind);

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

void sim_defaults(struct sim_settings *settings);
/* Reads one setting, "ttft=200ms": kind name quantization version parameters context slots ttft
 * tpot jitter prefill_tps load cache output_tokens reasoning fail_every seed stamps play log.
 * Unknown names get a near miss. Text values are copied for the process's life. */
bool sim_set(struct sim_settings *settings, const char *assignment, struct error *error);
/* Several, with @ between them; "" is none. */
bool sim_set_all(struct sim_settings *settings, const char *assignments, struct error *error);

#endif
