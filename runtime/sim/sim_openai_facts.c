#include "sim/sim_dialects.h"

#include "base/clock.h"

#include <string.h>

void sim_openai_models(struct sim_reply *reply)
{
	const struct sim_settings *settings = &reply->sim->settings;
	bool vllm = reply->kind == SIM_VLLM;
	long long born = (long long)(reply->sim->born_ns / CLOCK_SECOND_NS);
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "{\"object\":\"list\",\"data\":[{\"id\":");
	sim_json_words(&out, settings->name, false);
	buffer_format(&out, ",\"object\":\"model\",\"created\":%lld,\"owned_by\":\"%s\"", born,
		vllm ? "vllm" : "sim");
	if (vllm) {
		buffer_text(&out, ",\"root\":");
		sim_json_words(&out, settings->name, false);
		buffer_format(&out,
			",\"parent\":null,\"max_model_len\":%lld,\"permission\":[{\"id\":"
			"\"modelperm-8d0653a8e3bc8b15\",\"object\":\"model_permission\","
			"\"created\":%lld,"
			"\"allow_create_engine\":false,\"allow_sampling\":true,\"allow_logprobs\":"
			"true,"
			"\"allow_search_indices\":false,\"allow_view\":true,"
			"\"allow_fine_tuning\":false,\"organization\":\"*\",\"group\":null,"
			"\"is_blocking\":false}]",
			(long long)settings->context, born);
	}
	buffer_text(&out, "}]}");
	sim_reply_page(reply, &out);
}

void sim_vllm_health(struct sim_reply *reply)
{
	sim_reply_whole(reply, 200, NULL, NULL, "", 0);
}

void sim_vllm_version(struct sim_reply *reply)
{
	struct buffer out = BUFFER_EMPTY;
	buffer_format(&out, "{\"version\":\"%s\"}", sim_version(reply->sim, SIM_VLLM));
	sim_reply_page(reply, &out);
}

void sim_vllm_load(struct sim_reply *reply)
{
	struct sim_model_totals totals = sim_model_totals(reply->sim->model);
	struct buffer out = BUFFER_EMPTY;
	buffer_format(&out, "{\"server_load\":%lld}", (long long)(totals.running + totals.waiting));
	sim_reply_page(reply, &out);
}

static void append_metric(struct buffer *out, const struct sim *sim, const char *name,
	const char *type, const char *help, double value)
{
	buffer_format(out, "# HELP vllm:%s %s\n# TYPE vllm:%s %s\n", name, help, name, type);
	buffer_format(out, "vllm:%s{engine=\"0\",model_name=", name);
	sim_json_words(out, sim->settings.name, false);
	buffer_text(out, "} ");
	sim_json_double(out, value);
	buffer_byte(out, '\n');
}

void sim_vllm_metrics(struct sim_reply *reply)
{
	const struct sim *sim = reply->sim;
	struct sim_model_totals totals = sim_model_totals(sim->model);
	struct buffer out = BUFFER_EMPTY;
	append_metric(&out, sim, "num_requests_running", "gauge",
		"Number of requests in model execution batches.", (double)totals.running);
	append_metric(&out, sim, "num_requests_waiting", "gauge",
		"Number of requests waiting to be processed.", (double)totals.waiting);
	append_metric(&out, sim, "prefix_cache_queries_total", "counter",
		"Prefix cache queries, in terms of number of queried tokens.",
		(double)totals.prompt_tokens);
	append_metric(&out, sim, "prefix_cache_hits_total", "counter",
		"Prefix cache hits, in terms of number of cached tokens.",
		(double)totals.cached_tokens);
	append_metric(&out, sim, "prompt_tokens_total", "counter",
		"Number of prefill tokens processed.", (double)totals.prompt_tokens);
	append_metric(&out, sim, "generation_tokens_total", "counter",
		"Number of generation tokens processed.", (double)totals.output_tokens);
	append_metric(&out, sim, "request_success_total", "counter",
		"Count of successfully processed requests.", (double)totals.finished);
	append_metric(&out, sim, "time_to_first_token_seconds_sum", "counter",
		"Time to first token in seconds, summed.", (double)totals.first_token_ns / 1e9);
	buffer_text(&out, "# HELP vllm:cache_config_info Information of the LLMEngine CacheConfig\n"
			  "# TYPE vllm:cache_config_info gauge\n"
			  "vllm:cache_config_info{block_size=\"16\",cache_dtype=\"auto\",");
	buffer_format(&out, "enable_prefix_caching=\"%s\",engine=\"0\"} 1.0\n",
		sim->settings.cache ? "True" : "False");
	sim_reply_whole(
		reply, 200, "text/plain; version=1.0.0; charset=utf-8", NULL, out.data, out.size);
	buffer_free(&out);
}
