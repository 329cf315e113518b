#include "sim/sim_dialects.h"

#include "base/clock.h"
#include "base/text.h"
#include "sim/sim_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append_text(struct buffer *out, const char *text)
{
	sim_json_words(out, text, true);
}

/* A name without a tag has the tag "latest". */
static void append_tagged(struct buffer *out, const struct sim *sim)
{
	char name[512];
	const char *tag = strchr(sim->settings.name, ':') != NULL ? "" : ":latest";
	snprintf(name, sizeof name, "%.480s%s", sim->settings.name, tag);
	append_text(out, name);
}

static void append_parameter_size(struct buffer *out, int64_t count)
{
	if (count >= 1000000000)
		buffer_format(out, "\"%.1fB\"", (double)count / 1e9);
	else if (count >= 1000000)
		buffer_format(out, "\"%.2fM\"", (double)count / 1e6);
	else
		buffer_format(out, "\"%.0fK\"", (double)count / 1e3);
}

static long next_number(char **at)
{
	return **at == '.' ? strtol(*at + 1, at, 10) : 0;
}

bool sim_is_ollama_since(const struct sim *sim, long minor, long patch)
{
	char *at = NULL;
	long major = strtol(sim_version(sim, SIM_OLLAMA), &at, 10);
	long own_minor = next_number(&at), own_patch = next_number(&at);
	return major > 0 || own_minor > minor || (own_minor == minor && own_patch >= patch);
}

static void append_capabilities(struct buffer *out, const struct sim *sim)
{
	buffer_format(out, ",\"capabilities\":[\"completion\",\"tools\"%s]",
		sim->settings.reasoning_tokens ? ",\"thinking\"" : "");
}

/* With sizes as /api/tags of 0.30 has them. */
static void append_details(struct buffer *out, const struct sim *sim, bool with_sizes)
{
	buffer_text(out,
		"\"details\":{\"parent_model\":\"\",\"format\":\"gguf\",\"family\":\"sim\","
		"\"families\":[\"sim\"],\"parameter_size\":");
	append_parameter_size(out, sim->settings.parameters);
	buffer_text(out, ",\"quantization_level\":");
	append_text(out, sim->settings.quantization);
	if (with_sizes)
		buffer_format(out, ",\"context_length\":%lld,\"embedding_length\":%d",
			(long long)sim->settings.context, SIM_EMBEDDING_SIZE);
	buffer_byte(out, '}');
}

static void digest_of(const struct sim *sim, char digest[TEXT_DIGEST_SIZE])
{
	char words[700];
	int size = snprintf(words, sizeof words, "%.500s %.100s %lld", sim->settings.name,
		sim->settings.quantization, (long long)sim->settings.parameters);
	text_digest(words, (size_t)size, digest);
}

static void append_digest(struct buffer *out, const struct sim *sim)
{
	char digest[TEXT_DIGEST_SIZE];
	digest_of(sim, digest);
	buffer_format(out, "\"digest\":\"%s\"", digest);
}

void sim_ollama_root(struct sim_reply *reply)
{
	static const char text[] = "Ollama is running";
	sim_reply_whole(reply, 200, "text/plain; charset=utf-8", NULL, text, sizeof text - 1);
}

void sim_ollama_version(struct sim_reply *reply)
{
	struct buffer out = BUFFER_EMPTY;
	buffer_format(&out, "{\"version\":\"%s\"}", sim_version(reply->sim, SIM_OLLAMA));
	sim_reply_page(reply, &out);
}

void sim_ollama_tags(struct sim_reply *reply)
{
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "{\"models\":[{\"name\":");
	append_tagged(&out, reply->sim);
	buffer_text(&out, ",\"model\":");
	append_tagged(&out, reply->sim);
	buffer_text(&out, ",\"modified_at\":\"");
	sim_append_time(&out, reply->sim->born_ns);
	buffer_format(&out, "\",\"size\":%lld,", (long long)sim_model_bytes(reply->sim));
	append_digest(&out, reply->sim);
	buffer_byte(&out, ',');
	bool newer = sim_is_ollama_since(reply->sim, 30, 0);
	append_details(&out, reply->sim, newer);
	if (newer)
		append_capabilities(&out, reply->sim);
	buffer_text(&out, "}]}");
	sim_reply_page(reply, &out);
}

/* Until when the model stays; one that stays for ever says a time far away. */
static int64_t expires_wall_ns(const struct sim *sim)
{
	int64_t expires = sim_model_expires_ns(sim->model);
	int64_t century = INT64_C(3155760000) * CLOCK_SECOND_NS;
	int64_t now = clock_now_ns();
	int64_t left = expires - now > century ? century : expires - now;
	return clock_wall_ns() + left;
}

void sim_ollama_ps(struct sim_reply *reply)
{
	const struct sim *sim = reply->sim;
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "{\"models\":[");
	if (sim_model_is_loaded(sim->model)) {
		buffer_text(&out, "{\"name\":");
		append_tagged(&out, sim);
		buffer_text(&out, ",\"model\":");
		append_tagged(&out, sim);
		buffer_format(&out, ",\"size\":%lld,", (long long)sim_model_bytes(sim));
		append_digest(&out, sim);
		buffer_byte(&out, ',');
		append_details(&out, sim, false);
		buffer_text(&out, ",\"expires_at\":\"");
		sim_append_time(&out, expires_wall_ns(sim));
		buffer_format(&out, "\",\"size_vram\":0,\"context_length\":%lld}",
			(long long)sim_model_context(sim->model, NULL));
	}
	buffer_text(&out, "]}");
	sim_reply_page(reply, &out);
}

void sim_ollama_models(struct sim_reply *reply)
{
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "{\"object\":\"list\",\"data\":[{\"id\":");
	append_tagged(&out, reply->sim);
	buffer_format(&out, ",\"object\":\"model\",\"created\":%lld,\"owned_by\":\"library\"}]}\n",
		(long long)(reply->sim->born_ns / CLOCK_SECOND_NS));
	sim_reply_page(reply, &out);
}

static const char chat_template[] =
	"{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n"
	"{{ end }}<|im_start|>assistant\n";

static void append_model_info(struct buffer *out, const struct sim *sim)
{
	buffer_format(out,
		"\"model_info\":{\"general.architecture\":\"sim\",\"general.file_type\":2,"
		"\"general.parameter_count\":%lld,\"sim.block_count\":24,\"sim.context_length\":%"
		"lld,"
		"\"sim.embedding_length\":%d,\"tokenizer.ggml.merges\":null,"
		"\"tokenizer.ggml.model\":\"gpt2\",\"tokenizer.ggml.token_type\":null,"
		"\"tokenizer.ggml.tokens\":null}",
		(long long)sim->settings.parameters, (long long)sim->settings.context,
		SIM_EMBEDDING_SIZE);
}

static void write_show(struct sim_reply *reply)
{
	const struct sim *sim = reply->sim;
	struct buffer out = BUFFER_EMPTY;
	struct buffer file = BUFFER_EMPTY;
	char digest[TEXT_DIGEST_SIZE];
	digest_of(sim, digest);
	buffer_format(&file,
		"# Modelfile generated by \"ollama show\"\n"
		"# To build a new Modelfile based on this, replace FROM with:\n# FROM %s\n\n"
		"FROM simulated/blobs/sha256-%s\nTEMPLATE \"%s\"\n"
		"PARAMETER stop <|im_end|>\n",
		sim->settings.name, digest, chat_template);
	buffer_text(&out, "{\"modelfile\":");
	sim_json_buffer(&out, &file, true);
	buffer_text(&out, ",\"parameters\":");
	append_text(&out, "stop                           \"<|im_end|>\"");
	buffer_text(&out, ",\"template\":");
	append_text(&out, chat_template);
	buffer_byte(&out, ',');
	append_details(&out, sim, false);
	buffer_byte(&out, ',');
	append_model_info(&out, sim);
	buffer_text(&out, ",\"tensors\":[]");
	append_capabilities(&out, sim);
	buffer_text(&out, ",\"modified_at\":\"");
	sim_append_time(&out, sim->born_ns);
	buffer_text(&out, "\"}");
	buffer_free(&file);
	sim_reply_page(reply, &out);
}

void sim_ollama_show(struct sim_reply *reply, const struct sim_json *json)
{
	char *name = sim_json_text(json, sim_json_member(json, 0, "model"));
	if (name == NULL)
		name = sim_json_text(json, sim_json_member(json, 0, "name"));
	if (sim_read_model(reply, name))
		write_show(reply);
	free(name);
}
