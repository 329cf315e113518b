#include "sim/sim_reply.h"

#include "base/clock.h"
#include "base/memory.h"
#include "sim/sim_dialects.h"
#include "sim/sim_fault.h"
#include "sim/sim_read.h"

#include <string.h>

/* Which servers have a path. */
#define OLLAMA (1u << SIM_OLLAMA)
#define LLAMACPP (1u << SIM_LLAMACPP)
#define VLLM (1u << SIM_VLLM)
#define OPENAI (1u << SIM_OPENAI)
#define ALL (OLLAMA | LLAMACPP | VLLM | OPENAI)

enum task {
	TASK_PAGE,
	TASK_FORM, /* a page that reads a body */
	TASK_CHAT,
	TASK_COMPLETION,
	TASK_NATIVE,
	TASK_OLLAMA_CHAT,
	TASK_OLLAMA_GENERATE,
	TASK_EMBED
};

struct route {
	const char *method, *path;
	unsigned kinds;
	enum task task;
	void (*page)(struct sim_reply *reply);
	void (*form)(struct sim_reply *reply, const struct sim_json *json);
	const char *input; /* of embeddings */
};

/* A path that several kinds have differently stands here once for each of them. Where no kind was
 * chosen, the first line that matches is taken, and it plays the first of its kinds. */
static const struct route routes[] = {
	{"POST", "/v1/chat/completions", ALL, TASK_CHAT, NULL, NULL, NULL},
	{"POST", "/v1/completions", ALL, TASK_COMPLETION, NULL, NULL, NULL},
	{"POST", "/v1/embeddings", ALL, TASK_EMBED, NULL, NULL, "input"},
	{"GET", "/v1/models", LLAMACPP, TASK_PAGE, sim_llamacpp_models, NULL, NULL},
	{"GET", "/v1/models", VLLM | OPENAI, TASK_PAGE, sim_openai_models, NULL, NULL},
	{"GET", "/v1/models", OLLAMA, TASK_PAGE, sim_ollama_models, NULL, NULL},
	{"POST", "/chat/completions", LLAMACPP, TASK_CHAT, NULL, NULL, NULL},
	{"POST", "/completion", LLAMACPP, TASK_NATIVE, NULL, NULL, NULL},
	{"POST", "/completions", LLAMACPP, TASK_NATIVE, NULL, NULL, NULL},
	{"POST", "/embedding", LLAMACPP, TASK_EMBED, NULL, NULL, "content"},
	{"POST", "/embeddings", LLAMACPP, TASK_EMBED, NULL, NULL, "content"},
	{"GET", "/models", LLAMACPP, TASK_PAGE, sim_llamacpp_models, NULL, NULL},
	{"GET", "/props", LLAMACPP, TASK_PAGE, sim_llamacpp_props, NULL, NULL},
	{"GET", "/slots", LLAMACPP, TASK_PAGE, sim_llamacpp_slots, NULL, NULL},
	{"GET", "/lora-adapters", LLAMACPP, TASK_PAGE, sim_llamacpp_adapters, NULL, NULL},
	{"POST", "/apply-template", LLAMACPP, TASK_FORM, NULL, sim_apply_template, NULL},
	{"GET", "/health", LLAMACPP, TASK_PAGE, sim_llamacpp_health, NULL, NULL},
	{"GET", "/v1/health", LLAMACPP, TASK_PAGE, sim_llamacpp_health, NULL, NULL},
	{"GET", "/health", VLLM | OPENAI, TASK_PAGE, sim_vllm_health, NULL, NULL},
	{"GET", "/ping", VLLM, TASK_PAGE, sim_vllm_health, NULL, NULL},
	{"GET", "/metrics", LLAMACPP, TASK_PAGE, sim_llamacpp_metrics, NULL, NULL},
	{"GET", "/metrics", VLLM, TASK_PAGE, sim_vllm_metrics, NULL, NULL},
	{"GET", "/version", VLLM, TASK_PAGE, sim_vllm_version, NULL, NULL},
	{"GET", "/load", VLLM, TASK_PAGE, sim_vllm_load, NULL, NULL},
	{"POST", "/tokenize", LLAMACPP | VLLM, TASK_FORM, NULL, sim_tokenize, NULL},
	{"POST", "/detokenize", LLAMACPP | VLLM, TASK_FORM, NULL, sim_detokenize, NULL},
	{"POST", "/api/chat", OLLAMA, TASK_OLLAMA_CHAT, NULL, NULL, NULL},
	{"POST", "/api/generate", OLLAMA, TASK_OLLAMA_GENERATE, NULL, NULL, NULL},
	{"POST", "/api/embed", OLLAMA, TASK_EMBED, NULL, NULL, "input"},
	{"POST", "/api/embeddings", OLLAMA, TASK_EMBED, NULL, NULL, "prompt"},
	{"POST", "/api/show", OLLAMA, TASK_FORM, NULL, sim_ollama_show, NULL},
	{"GET", "/api/ps", OLLAMA, TASK_PAGE, sim_ollama_ps, NULL, NULL},
	{"GET", "/api/tags", OLLAMA, TASK_PAGE, sim_ollama_tags, NULL, NULL},
	{"GET", "/api/version", OLLAMA, TASK_PAGE, sim_ollama_version, NULL, NULL},
	{"GET", "/", OLLAMA, TASK_PAGE, sim_ollama_root, NULL, NULL},
};

static bool has_method(const struct route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	       (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* The manner of a route where no kind was chosen: llama-server's before the others'. */
static enum sim_kind first_kind(unsigned kinds)
{
	if (kinds & LLAMACPP)
		return SIM_LLAMACPP;
	return kinds & VLLM ? SIM_VLLM : SIM_OLLAMA;
}

static const struct route *find_route(struct sim_reply *reply, bool *path_known)
{
	enum sim_kind chosen = reply->sim->settings.kind;
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		const struct route *route = &routes[i];
		bool here = chosen == SIM_ANY || (route->kinds & (1u << chosen));
		if (!here || strcmp(route->path, reply->http->path) != 0)
			continue;
		*path_known = true;
		reply->kind = chosen == SIM_ANY ? first_kind(route->kinds) : chosen;
		if (has_method(route, reply->http->method))
			return route;
	}
	return NULL;
}

static const struct sim_writer *writer_of(const struct sim_reply *reply, enum task task)
{
	switch (task) {
	case TASK_NATIVE:
		return &sim_llamacpp_native;
	case TASK_OLLAMA_CHAT:
	case TASK_OLLAMA_GENERATE:
		return &sim_ollama_writer;
	case TASK_EMBED:
		return &sim_embed_writer;
	default:
		break;
	}
	if (reply->kind == SIM_OLLAMA)
		return &sim_ollama_v1;
	return reply->kind == SIM_LLAMACPP ? &sim_llamacpp_writer : &sim_openai_writer;
}

static bool read_ask(
	struct sim_generation *generation, const struct sim_json *json, const struct route *route)
{
	generation->chat = route->task == TASK_CHAT || route->task == TASK_OLLAMA_CHAT;
	switch (route->task) {
	case TASK_NATIVE:
		return sim_read_completion(generation, json);
	case TASK_EMBED:
		return sim_read_inputs(generation, json, route->input);
	case TASK_OLLAMA_CHAT:
	case TASK_OLLAMA_GENERATE:
		return sim_read_ollama(generation, json);
	default:
		return sim_read_openai(generation, json);
	}
}

/* A question without words: Ollama loads the model, or unloads it with keep_alive 0. */
static bool is_wordless(const struct sim_json *json, enum task task)
{
	int prompt = sim_json_member(json, 0, task == TASK_OLLAMA_CHAT ? "messages" : "prompt");
	enum sim_json_type type = sim_json_type(json, prompt);
	if (type == SIM_JSON_ABSENT || type == SIM_JSON_NULL)
		return true;
	size_t size = 0;
	sim_json_raw(json, prompt, &size);
	return type == SIM_JSON_ARRAY ? sim_json_first(json, prompt) < 0 : size == 2;
}

static void send_wordless(struct sim_generation *generation)
{
	bool unload = generation->job.ask.max_tokens == 0;
	struct buffer *out = &generation->event;
	buffer_text(out, "{\"model\":");
	sim_json_words(out, generation->model, true);
	buffer_text(out, ",\"created_at\":\"");
	sim_append_time(out, clock_wall_ns());
	buffer_text(out, generation->chat
				 ? "\",\"message\":{\"role\":\"assistant\",\"content\":\"\"}"
				 : "\",\"response\":\"\"");
	buffer_format(out, ",\"done\":true,\"done_reason\":\"%s\"}", unload ? "unload" : "load");
	sim_reply_json(generation->reply, out);
}

static const struct sim_writer wordless_writer = {.whole = send_wordless};

static void load_or_unload(
	struct sim_reply *reply, const struct sim_json *json, const struct route *route)
{
	char *name = sim_json_text(json, sim_json_member(json, 0, "model"));
	struct sim_generation *generation = sim_generation_new(reply, &wordless_writer);
	generation->chat = route->task == TASK_OLLAMA_CHAT;
	generation->model = name;
	if (!sim_read_model(reply, name)) {
		sim_generation_free(generation);
		return;
	}
	int64_t keep_ns = sim_read_keep_ns(json);
	struct sim_ask *ask = &generation->job.ask;
	ask->embed = true; /* nothing is made of it */
	ask->prompt = memory_text("");
	ask->max_tokens = keep_ns == 0 ? 0 : -1;
	if (keep_ns != 0) {
		sim_generation_start(generation, keep_ns);
		return;
	}
	sim_model_keep(reply->sim->model, 0);
	send_wordless(generation);
	sim_generation_free(generation);
}

static void answer(struct sim_reply *reply, const struct sim_json *json, const struct route *route)
{
	bool native = route->task == TASK_OLLAMA_CHAT || route->task == TASK_OLLAMA_GENERATE;
	if (route->task == TASK_FORM) {
		route->form(reply, json);
		return;
	}
	if (native && is_wordless(json, route->task)) {
		load_or_unload(reply, json, route);
		return;
	}
	struct sim_generation *generation =
		sim_generation_new(reply, writer_of(reply, route->task));
	if (!read_ask(generation, json, route)) {
		sim_generation_free(generation);
		return;
	}
	bool ollama = reply->kind == SIM_OLLAMA;
	sim_generation_start(generation, ollama ? sim_read_keep_ns(json) : -1);
}

static bool must_fail(struct sim_reply *reply, enum task task)
{
	int64_t every = reply->sim->settings.fail_every;
	if (task == TASK_FORM)
		return false;
	reply->sim->asked++;
	return every > 0 && reply->sim->asked % (uint64_t)every == 0;
}

static void refuse_path(struct sim_reply *reply, bool path_known)
{
	if (reply->kind == SIM_ANY)
		reply->kind = SIM_LLAMACPP;
	if (!path_known) {
		sim_fault(reply, &(struct sim_fault){.kind = SIM_FAULT_NO_PATH});
		return;
	}
	bool posts = strcmp(reply->http->method, "POST") == 0;
	sim_fault(reply,
		&(struct sim_fault){.kind = SIM_FAULT_METHOD, .field = posts ? "GET" : "POST"});
}

void sim_route(struct sim_reply *reply)
{
	bool path_known = false;
	reply->kind = reply->sim->settings.kind;
	const struct route *route = find_route(reply, &path_known);
	bool loading = reply->sim->settings.kind == SIM_LLAMACPP &&
		       !sim_model_is_loaded(reply->sim->model);
	if (loading) {
		sim_fault(reply, &(struct sim_fault){.kind = SIM_FAULT_LOADING});
		return;
	}
	if (route == NULL) {
		refuse_path(reply, path_known);
		return;
	}
	if (route->task == TASK_PAGE) {
		route->page(reply);
		return;
	}
	if (must_fail(reply, route->task)) {
		sim_fault(reply, &(struct sim_fault){.kind = SIM_FAULT_BUSY});
		return;
	}
	struct sim_json *json = sim_read_body(reply);
	if (json == NULL)
		return;
	answer(reply, json, route);
	sim_json_free(json);
}
