#include "sim/sim_dialects.h"

#include "base/clock.h"
#include "sim/sim_fault.h"

#include <stdio.h>
#include <string.h>

static void append_name(struct buffer *out, const struct sim_reply *reply)
{
	sim_json_words(out, reply->sim->settings.name, false);
}

void sim_llamacpp_health(struct sim_reply *reply)
{
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "{\"status\":\"ok\"}");
	sim_reply_page(reply, &out);
}

void sim_llamacpp_adapters(struct sim_reply *reply)
{
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "[]");
	sim_reply_page(reply, &out);
}

static void append_stops(struct buffer *out, const struct sim_ask *ask)
{
	buffer_text(out, "\"stop\":[");
	for (size_t i = 0; i < ask->stop_count; i++) {
		buffer_text(out, i ? "," : "");
		sim_json_words(out, ask->stops[i], false);
	}
	buffer_text(out, "],");
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

/* What llama-server lists beside the wishes that are honoured here. */
static const char samplers[] =
	"\"dynatemp_range\":0.0,\"dynatemp_exponent\":1.0,\"top_k\":40,"
	"\"top_p\":0.949999988079071,\"min_p\":0.05000000074505806,\"top_n_sigma\":-1.0,"
	"\"xtc_probability\":0.0,\"xtc_threshold\":0.10000000149011612,\"typical_p\":1.0,"
	"\"repeat_last_n\":64,\"repeat_penalty\":1.0,\"presence_penalty\":0.0,"
	"\"frequency_penalty\":0.0,\"dry_multiplier\":0.0,\"dry_base\":1.75,"
	"\"dry_allowed_length\":2,\"dry_penalty_last_n\":64,";
static const char mirostat[] =
	"\"mirostat\":0,\"mirostat_tau\":5.0,\"mirostat_eta\":0.10000000149011612,"
	"\"adaptive_target\":-1.0,\"adaptive_decay\":0.8999999761581421,";
static const char chain[] =
	"\"generation_prompt\":\"\",\"samplers\":[\"penalties\",\"dry\",\"top_n_sigma\",\"top_k\","
	"\"typ_p\",\"top_p\",\"min_p\",\"xtc\",\"temperature\"],\"speculative.types\":\"none\",";

void sim_llamacpp_params(
	struct buffer *out, const struct sim_generation *generation, bool with_lists)
{
	static const struct sim_ask none = {.max_tokens = -1};
	const struct sim_ask *ask = generation != NULL ? &generation->job.ask : &none;
	bool stream = generation != NULL && generation->stream;
	buffer_format(out, "{\"seed\":%lld,\"temperature\":%s,%s",
		ask->has_seed ? (long long)ask->seed : 4294967295LL,
		ask->greedy ? "0.0" : "0.800000011920929", samplers);
	if (with_lists)
		buffer_text(out, "\"dry_sequence_breakers\":[\"\\n\",\":\",\"\\\"\",\"*\"],");
	buffer_text(out, mirostat);
	if (with_lists)
		append_stops(out, ask);
	buffer_format(out,
		"\"max_tokens\":%lld,\"n_predict\":%lld,\"n_keep\":0,\"n_discard\":0,"
		"\"ignore_eos\":%s,\"stream\":%s,",
		(long long)ask->max_tokens, (long long)ask->max_tokens, truth(ask->ignore_eos),
		truth(stream));
	buffer_text(
		out, with_lists ? "\"logit_bias\":[],\"n_probs\":0,\"min_keep\":0,\"grammar\":\"\","
				  "\"grammar_lazy\":false,\"grammar_triggers\":[],"
				  "\"preserved_tokens\":[],"
				: "\"n_probs\":0,\"min_keep\":0,");
	buffer_format(out,
		"\"chat_format\":\"Content-only\",\"reasoning_format\":\"%s\","
		"\"reasoning_in_content\":false,%s\"timings_per_token\":%s,"
		"\"post_sampling_probs\":false,\"backend_sampling\":false,\"lora\":[]}",
		generation != NULL ? "deepseek" : "none", chain,
		truth(generation != NULL && generation->timings_per_token));
}

static const char chat_template[] =
	"{%- for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content or '' }}<|im_end|>\n"
	"{% endfor %}{%- if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

void sim_llamacpp_props(struct sim_reply *reply)
{
	const struct sim_settings *settings = &reply->sim->settings;
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "{\"default_generation_settings\":{\"params\":");
	sim_llamacpp_params(&out, NULL, false);
	buffer_format(&out, ",\"n_ctx\":%lld},\"total_slots\":%lld,\"model_alias\":",
		(long long)settings->context, (long long)settings->slots);
	append_name(&out, reply);
	buffer_text(&out, ",\"model_ftype\":");
	sim_json_words(&out, settings->quantization, false);
	buffer_text(&out, ",\"model_path\":");
	append_name(&out, reply);
	buffer_text(&out, ",\"modalities\":{\"vision\":false,\"video\":false,\"audio\":false},"
			  "\"media_marker\":\"<__media__>\",\"endpoint_slots\":true,\"endpoint_"
			  "props\":false,\"endpoint_metrics\":true,"
			  "\"ui\":false,\"ui_settings\":{},\"chat_template\":");
	sim_json_words(&out, chat_template, false);
	buffer_format(&out,
		",\"chat_template_caps\":{\"supports_object_arguments\":false,"
		"\"supports_parallel_tool_calls\":false,\"supports_preserve_reasoning\":false,"
		"\"supports_reasoning_effort\":false,\"supports_string_content\":true,"
		"\"supports_system_role\":true,\"supports_tool_calls\":true,\"supports_tools\":"
		"true,"
		"\"supports_typed_content\":false},\"bos_token\":\"<|endoftext|>\","
		"\"eos_token\":\"<|im_end|>\",\"build_info\":\"%s\",\"is_sleeping\":false,"
		"\"cors_proxy_enabled\":false}",
		sim_version(reply->sim, SIM_LLAMACPP));
	sim_reply_page(reply, &out);
}

static void append_slot(struct buffer *out, const struct sim_reply *reply, int index)
{
	const struct sim_job *job = sim_model_slot(reply->sim->model, index);
	buffer_format(out, "%s{\"id\":%d,\"n_ctx\":%lld,\"speculative\":false,\"is_processing\":%s",
		index ? "," : "", index, (long long)reply->sim->settings.context,
		job != NULL ? "true" : "false");
	if (job != NULL) {
		buffer_format(out,
			",\"id_task\":%llu,\"n_prompt_tokens\":%lld,\"n_prompt_tokens_processed\":%"
			"lld,"
			"\"n_prompt_tokens_cache\":%lld,\"params\":",
			(unsigned long long)job->number, (long long)job->prompt_tokens,
			(long long)(job->prompt_tokens - job->cached_tokens),
			(long long)job->cached_tokens);
		sim_llamacpp_params(out, job->context, false);
		buffer_format(out,
			",\"next_token\":[{\"has_next_token\":true,\"has_new_line\":false,"
			"\"n_remain\":%lld,\"n_decoded\":%lld}]",
			(long long)((int64_t)job->answer.count - job->made), (long long)job->made);
	}
	buffer_byte(out, '}');
}

void sim_llamacpp_slots(struct sim_reply *reply)
{
	int64_t slots = reply->sim->settings.slots;
	bool all_busy = true;
	for (int i = 0; i < slots; i++)
		all_busy = all_busy && sim_model_slot(reply->sim->model, i) != NULL;
	if (all_busy && strstr(reply->http->query, "fail_on_no_slot=1") != NULL) {
		sim_fault(reply, &(struct sim_fault){.kind = SIM_FAULT_BUSY});
		return;
	}
	struct buffer out = BUFFER_EMPTY;
	buffer_byte(&out, '[');
	for (int i = 0; i < slots; i++)
		append_slot(&out, reply, i);
	buffer_byte(&out, ']');
	sim_reply_page(reply, &out);
}

void sim_llamacpp_models(struct sim_reply *reply)
{
	const struct sim_settings *settings = &reply->sim->settings;
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "{\"models\":[{\"name\":");
	append_name(&out, reply);
	buffer_text(&out, ",\"model\":");
	append_name(&out, reply);
	buffer_text(&out,
		",\"modified_at\":\"\",\"size\":\"\",\"digest\":\"\",\"type\":\"model\","
		"\"description\":\"\",\"tags\":[\"\"],\"capabilities\":[\"completion\"],"
		"\"parameters\":\"\",\"details\":{\"parent_model\":\"\",\"format\":\"gguf\","
		"\"family\":\"\",\"families\":[\"\"],\"parameter_size\":\"\","
		"\"quantization_level\":\"\"}}],\"object\":\"list\",\"data\":[{\"id\":");
	append_name(&out, reply);
	buffer_text(&out, ",\"aliases\":[");
	append_name(&out, reply);
	buffer_format(&out,
		"],\"tags\":[],\"object\":\"model\",\"architecture\":{\"input_modalities\":["
		"\"text\"],"
		"\"output_modalities\":[\"text\"]},\"created\":%lld,\"owned_by\":\"llamacpp\","
		"\"meta\":{\"vocab_type\":2,\"n_vocab\":151936,\"n_ctx\":%lld,\"n_ctx_train\":%lld,"
		"\"n_embd\":%d,\"n_params\":%lld,\"size\":%lld,\"ftype\":",
		(long long)(clock_wall_ns() / CLOCK_SECOND_NS), (long long)settings->context,
		(long long)settings->context, SIM_EMBEDDING_SIZE, (long long)settings->parameters,
		(long long)sim_model_bytes(reply->sim));
	sim_json_words(&out, settings->quantization, false);
	buffer_text(&out, "}}]}");
	sim_reply_page(reply, &out);
}

static void append_metric(
	struct buffer *out, const char *name, const char *type, const char *help, double value)
{
	buffer_format(out, "# HELP llamacpp:%s %s\n# TYPE llamacpp:%s %s\nllamacpp:%s %.6g\n", name,
		help, name, type, name, value);
}

static double rate(int64_t count, int64_t ns)
{
	return ns > 0 ? (double)count * 1e9 / (double)ns : 0;
}

void sim_llamacpp_metrics(struct sim_reply *reply)
{
	struct sim_model_totals totals = sim_model_totals(reply->sim->model);
	struct buffer out = BUFFER_EMPTY;
	append_metric(&out, "prompt_tokens_total", "counter",
		"Number of prompt tokens processed, excluding cached tokens",
		(double)totals.evaluated_tokens);
	append_metric(&out, "prompt_tokens_cached_total", "counter",
		"Number of prompt tokens reused from the cache", (double)totals.cached_tokens);
	append_metric(&out, "prompt_seconds_total", "counter",
		"Total time spent processing prompts", (double)totals.prefill_ns / 1e9);
	append_metric(&out, "tokens_predicted_total", "counter",
		"Number of generation tokens processed", (double)totals.output_tokens);
	append_metric(&out, "tokens_predicted_seconds_total", "counter",
		"Total time spent generating tokens", (double)totals.decode_ns / 1e9);
	append_metric(&out, "n_tokens_max", "counter",
		"Largest observed sequence length (prompt + generation)", (double)totals.longest);
	append_metric(&out, "prompt_tokens_seconds", "gauge",
		"Average prompt throughput in tokens/s",
		rate(totals.evaluated_tokens, totals.prefill_ns));
	append_metric(&out, "predicted_tokens_seconds", "gauge",
		"Average generation throughput in tokens/s",
		rate(totals.output_tokens, totals.decode_ns));
	append_metric(&out, "requests_processing", "gauge", "Number of requests processing",
		(double)totals.running);
	append_metric(&out, "requests_deferred", "gauge", "Number of requests deferred",
		(double)totals.waiting);
	char extra[64];
	snprintf(extra, sizeof extra, "Process-Start-Time-Unix: %lld\r\n",
		(long long)(reply->sim->born_ns / CLOCK_SECOND_NS));
	sim_reply_whole(reply, 200, "text/plain; version=0.0.4", extra, out.data, out.size);
	buffer_free(&out);
}
