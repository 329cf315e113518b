/* Bodies of requests: what each dialect calls the same wishes. All answer with a fault
 * themselves. */
#ifndef BENCH_SIM_SIM_READ_H
#define BENCH_SIM_SIM_READ_H

#include "sim/sim_generation.h"
#include "sim/sim_json.h"

/* The body as JSON; NULL: it was answered. */
struct sim_json *sim_read_body(struct sim_reply *reply);

/* Fill the ask from a body; false: it was answered. */
bool sim_read_openai(struct sim_generation *generation, const struct sim_json *json);
bool sim_read_completion(struct sim_generation *generation, const struct sim_json *json);
bool sim_read_ollama(struct sim_generation *generation, const struct sim_json *json);
/* A text, or a list of texts but under "prompt", for embeddings. */
bool sim_read_inputs(
	struct sim_generation *generation, const struct sim_json *json, const char *key);

/* Whether the model of that name is here; false: it was answered. NULL is the one there is. */
bool sim_read_model(struct sim_reply *reply, const char *name);

/* Messages through the template, and the tools before them. False: messages is no list. */
bool sim_read_messages(const struct sim_json *json, int messages, int tools, struct buffer *out);
/* Fills in the tool that is to be called: one that the request insists on, or whose name or kind
 * its last message speaks of. */
void sim_read_tools(struct sim_ask *ask, const struct sim_json *json);
/* keep_alive of Ollama: -1 for ever; absent: 5 minutes. */
int64_t sim_read_keep_ns(const struct sim_json *json);

#endif
