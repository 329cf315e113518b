#include "sim/sim_settings.h"

#include "base/memory.h"
#include "base/text.h"
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS_MAX INT64_C(1048576)
#define SLOTS_MAX INT64_C(65536)
#define COUNT_MAX INT64_C(1000000000000000)

static const char *const kind_names[] = {"any", "ollama", "llamacpp", "vllm", "openai", NULL};

void sim_defaults(struct sim_settings *settings)
{
	*settings = (struct sim_settings){
		.kind = SIM_ANY,
		.name = "sim",
		.quantization = "Q4_0",
		.parameters = 494000000,
		.context = 4096,
		.slots = 4,
		.ttft_ns = 50 * INT64_C(1000000),
		.tpot_ns = 20 * INT64_C(1000000),
		.prefill_tps = 2000,
		.cache = true,
		.output_tokens = 64,
		.seed = 1,
	};
}

static bool parse_duration(const char *text, int64_t *ns, struct error *error)
{
	return units_parse_duration(text, ns, error);
}

static bool parse_count(
	const char *text, int64_t least, int64_t most, int64_t *count, struct error *error)
{
	char *end = NULL;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < least || value > most)
		return error_set(error, ERROR_USAGE,
			"\"%s\" is not a whole number from %lld to %lld", text, (long long)least,
			(long long)most);
	*count = value;
	return true;
}

static bool parse_number(const char *text, double *number, struct error *error)
{
	char *end = NULL;
	double value = strtod(text, &end);
	if (end != text && *end == '%' && !end[1]) {
		value /= 100;
		end++;
	}
	if (end == text || *end || !isfinite(value) || value < 0)
		return error_set(error, ERROR_USAGE, "\"%s\" is not a number of 0 or more", text);
	*number = value;
	return true;
}

static bool parse_truth(const char *text, bool *truth, struct error *error)
{
	*truth = strcmp(text, "true") == 0;
	if (*truth || strcmp(text, "false") == 0)
		return true;
	return error_set(error, ERROR_USAGE, "\"%s\" is neither true nor false", text);
}

static bool parse_kind(const char *text, enum sim_kind *kind, struct error *error)
{
	for (int i = 0; kind_names[i]; i++) {
		if (strcmp(text, kind_names[i]) == 0) {
			*kind = (enum sim_kind)i;
			return true;
		}
	}
	const char *near = text_nearest(text, kind_names);
	return error_set(error, ERROR_USAGE,
		"\"%s\" is no kind of server%s%s%s (ollama, llamacpp, vllm, openai, or any)", text,
		near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* Texts live as long as the process; this list is what holds them. */
struct kept {
	struct kept *next;
	char *text;
};
static struct kept *all_kept;

static const char *keep(const char *text)
{
	struct kept *kept = memory_new(sizeof *kept);
	kept->text = memory_text(text);
	kept->next = all_kept;
	all_kept = kept;
	return kept->text;
}

static bool parse_text(const char *text, const char **value, struct error *error)
{
	if (!*text)
		return error_set(error, ERROR_USAGE, "it is empty");
	*value = keep(text);
	return true;
}

static bool parse_seed(const char *text, uint64_t *seed, struct error *error)
{
	int64_t value = 0;
	if (!parse_count(text, 0, COUNT_MAX, &value, error))
		return false;
	*seed = (uint64_t)value;
	return true;
}

/* Every name, in the order in which an unknown one lists them. */
static const char *const setting_names[] = {"kind", "name", "quantization", "version", "parameters",
	"context", "slots", "ttft", "tpot", "jitter", "prefill_tps", "load", "cache",
	"output_tokens", "reasoning", "fail_every", "seed", "stamps", "play", "log", NULL};

static bool set_text(struct sim_settings *s, const char *name, const char *value, bool *known,
	struct error *error)
{
	*known = true;
	if (strcmp(name, "name") == 0)
		return parse_text(value, &s->name, error);
	if (strcmp(name, "quantization") == 0)
		return parse_text(value, &s->quantization, error);
	if (strcmp(name, "version") == 0)
		return parse_text(value, &s->version, error);
	if (strcmp(name, "play") == 0)
		return parse_text(value, &s->play, error);
	if (strcmp(name, "log") == 0)
		return parse_text(value, &s->log, error);
	if (strcmp(name, "kind") == 0)
		return parse_kind(value, &s->kind, error);
	if (strcmp(name, "cache") == 0)
		return parse_truth(value, &s->cache, error);
	if (strcmp(name, "stamps") == 0)
		return parse_truth(value, &s->stamps, error);
	*known = false;
	return false;
}

static bool set_time(struct sim_settings *s, const char *name, const char *value, bool *known,
	struct error *error)
{
	*known = true;
	if (strcmp(name, "ttft") == 0)
		return parse_duration(value, &s->ttft_ns, error);
	if (strcmp(name, "tpot") == 0)
		return parse_duration(value, &s->tpot_ns, error);
	if (strcmp(name, "load") == 0)
		return parse_duration(value, &s->load_ns, error);
	if (strcmp(name, "jitter") == 0)
		return parse_number(value, &s->jitter, error);
	if (strcmp(name, "prefill_tps") == 0)
		return parse_number(value, &s->prefill_tps, error);
	*known = false;
	return false;
}

static bool set_count(struct sim_settings *s, const char *name, const char *value, bool *known,
	struct error *error)
{
	*known = true;
	if (strcmp(name, "parameters") == 0)
		return parse_count(value, 1, COUNT_MAX, &s->parameters, error);
	if (strcmp(name, "context") == 0)
		return parse_count(value, 16, TOKENS_MAX, &s->context, error);
	if (strcmp(name, "slots") == 0)
		return parse_count(value, 1, SLOTS_MAX, &s->slots, error);
	if (strcmp(name, "output_tokens") == 0)
		return parse_count(value, 0, TOKENS_MAX, &s->output_tokens, error);
	if (strcmp(name, "reasoning") == 0)
		return parse_count(value, 0, TOKENS_MAX, &s->reasoning_tokens, error);
	if (strcmp(name, "fail_every") == 0)
		return parse_count(value, 0, COUNT_MAX, &s->fail_every, error);
	if (strcmp(name, "seed") == 0)
		return parse_seed(value, &s->seed, error);
	*known = false;
	return false;
}

static bool unknown_setting(const char *name, struct error *error)
{
	const char *near = text_nearest(name, setting_names);
	if (near)
		return error_set(error, ERROR_USAGE,
			"sim: there is no setting \"%s\"; did you mean %s?", name, near);
	struct buffer list;
	buffer_init(&list, BUFFER_UNLIMITED);
	for (int i = 0; setting_names[i]; i++)
		buffer_format(&list, "%s%s", i ? ", " : "", setting_names[i]);
	error_set(error, ERROR_USAGE, "sim: there is no setting \"%s\"; there are: %s", name,
		buffer_string(&list));
	buffer_free(&list);
	return false;
}

static bool set_named(
	struct sim_settings *settings, const char *name, const char *value, struct error *error)
{
	struct error reason = {0};
	bool known = false;
	bool done = set_text(settings, name, value, &known, &reason);
	if (!known)
		done = set_time(settings, name, value, &known, &reason);
	if (!known)
		done = set_count(settings, name, value, &known, &reason);
	if (!known)
		return unknown_setting(name, error);
	if (!done)
		return error_set(error, ERROR_USAGE, "sim: %s=%s: %s", name, value, reason.message);
	return true;
}

bool sim_set(struct sim_settings *settings, const char *assignment, struct error *error)
{
	const char *equals = strchr(assignment, '=');
	if (!equals || equals == assignment)
		return error_set(error, ERROR_USAGE,
			"sim: \"%s\" is no setting; write it as name=value, as in ttft=200ms",
			assignment);
	char *name = memory_bytes(assignment, (size_t)(equals - assignment));
	for (char *at = name; *at; at++)
		*at = *at == '-' ? '_' : *at; /* as flags are written */
	bool done = set_named(settings, name, equals + 1, error);
	free(name);
	return done;
}

bool sim_set_all(struct sim_settings *settings, const char *assignments, struct error *error)
{
	bool done = true;
	while (done && *assignments) {
		size_t size = strcspn(assignments, "@");
		char *one = memory_bytes(assignments, size);
		done = size == 0 || sim_set(settings, one, error);
		free(one);
		assignments += size + (assignments[size] == '@');
	}
	return done;
}
