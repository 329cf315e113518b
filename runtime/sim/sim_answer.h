/* What the simulated model says: the same question gives the same words. */
#ifndef BENCH_SIM_SIM_ANSWER_H
#define BENCH_SIM_SIM_ANSWER_H

#include "sim/sim_settings.h"

#include <stddef.h>
#include <stdint.h>

enum sim_channel { SIM_CONTENT, SIM_REASONING, SIM_TOOL_NAME, SIM_TOOL_ARGUMENTS };
enum sim_end { SIM_END_STOP, SIM_END_LENGTH, SIM_END_STOP_STRING, SIM_END_TOOL };

/* What a request asks of the model. Texts are owned. */
struct sim_ask {
	char *prompt; /* after the template */
	size_t prompt_size;
	int64_t max_tokens; /* -1: none */
	int64_t min_tokens;
	bool ignore_eos;
	bool cache;  /* may use the slot's prefix */
	bool thinks; /* may use the reasoning channel */
	bool greedy; /* temperature 0: the seed does not matter */
	bool has_seed;
	int64_t seed;
	int64_t context; /* asked for with the request; 0: the server's */
	bool embed;      /* evaluate the prompt only */
	char **stops;
	size_t stop_count;
	char *tool;      /* the function to call; NULL: answer in words */
	char *arguments; /* JSON */
};
void sim_ask_free(struct sim_ask *ask);

/* One token. What a stop string swallowed has size 0: it was made, and is not sent. */
struct sim_piece {
	const char *text;
	uint32_t size;
	enum sim_channel channel;
};

struct sim_answer {
	struct sim_piece *pieces;
	size_t count;
	size_t reasoning; /* how many of them are reasoning */
	enum sim_end end;
	const char *stop; /* the stop string that ended it, of the ask; or NULL */
};

/* room: tokens left in the context. number: of the request, the seed of what has no seed. */
void sim_answer_make(struct sim_answer *answer, const struct sim_ask *ask,
	const struct sim_settings *settings, int64_t room, uint64_t number);
void sim_answer_free(struct sim_answer *answer);

/* Whether a text is written in CJK characters rather than in letters. */
bool sim_answer_is_cjk(const char *text, size_t size);

#define SIM_EMBEDDING_SIZE 64
/* A unit vector that depends on the text alone; texts that share words are near. */
void sim_answer_embed(const char *text, size_t size, float out[SIM_EMBEDDING_SIZE]);

#endif
