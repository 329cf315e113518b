/* What each kind of server writes: sim_KIND.c has its answers to those who ask the model, streamed
 * and whole (struct sim_writer, sim_generation.h), sim_KIND_facts.c its pages, what it says of
 * itself and of its model; vLLM's are with OpenAI's. sim_route.c knows which path is whose. */
#ifndef BENCH_SIM_SIM_DIALECTS_H
#define BENCH_SIM_SIM_DIALECTS_H

#include "sim/sim_generation.h"
#include "sim/sim_json.h"

extern const struct sim_writer sim_llamacpp_writer; /* /v1/chat/completions, /v1/completions */
extern const struct sim_writer sim_llamacpp_native; /* /completion */
extern const struct sim_writer sim_openai_writer;   /* vLLM and plain OpenAI, both paths */
extern const struct sim_writer sim_ollama_writer;   /* /api/chat, /api/generate */
extern const struct sim_writer sim_ollama_v1;       /* Ollama below /v1 */
extern const struct sim_writer sim_embed_writer;    /* every kind */

const char *sim_version(const struct sim *sim, enum sim_kind kind); /* that it claims to have */
/* Whether it claims to be Ollama 0.MINOR.PATCH or newer: from 0.30.0 on some things are counted and
 * named differently, from 0.33.3 on it says what came out of the cache. */
bool sim_is_ollama_since(const struct sim *sim, long minor, long patch);
int64_t sim_model_bytes(const struct sim *sim); /* the size of its weights */

/* Appends the settings of a generation as llama-server lists them, or the defaults (NULL); with the
 * members that are lists, as /completion has them, or without, as /props and /slots. */
void sim_llamacpp_params(
	struct buffer *out, const struct sim_generation *generation, bool with_lists);

/* Pages: each answers at once. json is the body of the request. */
void sim_llamacpp_health(struct sim_reply *reply);
void sim_llamacpp_props(struct sim_reply *reply);
void sim_llamacpp_slots(struct sim_reply *reply);
void sim_llamacpp_models(struct sim_reply *reply);
void sim_llamacpp_metrics(struct sim_reply *reply);
void sim_llamacpp_adapters(struct sim_reply *reply);
void sim_openai_models(struct sim_reply *reply);
void sim_vllm_health(struct sim_reply *reply);
void sim_vllm_version(struct sim_reply *reply);
void sim_vllm_load(struct sim_reply *reply);
void sim_vllm_metrics(struct sim_reply *reply);
void sim_ollama_root(struct sim_reply *reply);
void sim_ollama_version(struct sim_reply *reply);
void sim_ollama_tags(struct sim_reply *reply);
void sim_ollama_ps(struct sim_reply *reply);
void sim_ollama_models(struct sim_reply *reply);
void sim_ollama_show(struct sim_reply *reply, const struct sim_json *json);
void sim_tokenize(struct sim_reply *reply, const struct sim_json *json);
void sim_detokenize(struct sim_reply *reply, const struct sim_json *json);
void sim_apply_template(struct sim_reply *reply, const struct sim_json *json);

/* A time of day as Ollama writes it: up to nine digits, no zeros at the end. */
void sim_append_time(struct buffer *out, int64_t wall_ns);

#endif
