#include "sim/sim_settings.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS_MAX INT64_C(1048576)
#define SLOTS_MAX INT64_C(65536)
#define COUNT_MAX INT64_C(1000000000000000)
#define TIME_MAX_NS INT64_C(100000000000000000)

static const char *const kind_names[] = {"any", "ollama", "llamacpp", "vllm", "openai", NULL};

const char *sim_kind_name(enum sim_kind kind)
{
	return kind_names[kind];
}

void sim_defaults(struct sim_settings *settings)
{
	*settings = (struct sim_settings){
		.kind = SIM_ANY,
		.name = "sim",
		.quantization = "Q4_0",
		.parameters = 494000000,
		.context = 4096,
		.slots = 4,
		.ttft_ns = 50 * CLOCK_MS_NS,
		.tpot_ns = 20 * CLOCK_MS_NS,
		.prefill_tps = 2000,
		.cache = true,
		.output_tokens = 64,
		.seed = 1,
	};
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
	for (int i = 0; kind_names[i] != NULL; i++) {
		if (strcmp(text, kind_names[i]) == 0) {
			*kind = (enum sim_kind)i;
			return true;
		}
	}
	const char *near = text_nearest(text, kind_names);
	return error_set(error, ERROR_USAGE,
		"\"%s\" is no kind of server%s%s%s (ollama, llamacpp, vllm, openai, or any)", text,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
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

/* Answers hold it as it is. */
static bool parse_version(const char *text, const char **value, struct error *error)
{
	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && strchr(".+-_", *at) == NULL)
			return error_set(
				error, ERROR_USAGE, "a version is letters, digits and . + - _");
	return parse_text(text, value, error);
}

/* Times add up in 64 bits. */
static bool parse_time(const char *text, int64_t *ns, struct error *error)
{
	return units_parse_duration(text, ns, error) &&
	       (*ns <= TIME_MAX_NS ||
		       error_set(error, ERROR_USAGE, "\"%s\" is longer than 3 years", text));
}

struct setting {
	const char *name;
	enum { KIND, TEXT, VERSION, TRUTH, TIME, NUMBER, COUNT } type;
	size_t offset;
	int64_t least, most; /* of a count */
};

/* In the order in which an unknown one lists them. */
#define AT(member) offsetof(struct sim_settings, member)
static const struct setting all[] = {
	{"kind", KIND, AT(kind), 0, 0},
	{"name", TEXT, AT(name), 0, 0},
	{"quantization", TEXT, AT(quantization), 0, 0},
	{"version", VERSION, AT(version), 0, 0},
	{"parameters", COUNT, AT(parameters), 1, COUNT_MAX},
	{"context", COUNT, AT(context), 16, TOKENS_MAX},
	{"slots", COUNT, AT(slots), 1, SLOTS_MAX},
	{"ttft", TIME, AT(ttft_ns), 0, 0},
	{"tpot", TIME, AT(tpot_ns), 0, 0},
	{"jitter", NUMBER, AT(jitter), 0, 0},
	{"prefill_tps", NUMBER, AT(prefill_tps), 0, 0},
	{"load", TIME, AT(load_ns), 0, 0},
	{"cache", TRUTH, AT(cache), 0, 0},
	{"output_tokens", COUNT, AT(output_tokens), 0, TOKENS_MAX},
	{"reasoning", COUNT, AT(reasoning_tokens), 0, TOKENS_MAX},
	{"fail_every", COUNT, AT(fail_every), 0, COUNT_MAX},
	{"seed", COUNT, AT(seed), 0, COUNT_MAX},
	{"stamps", TRUTH, AT(stamps), 0, 0},
	{"play", TEXT, AT(play), 0, 0},
	{"log", TEXT, AT(log), 0, 0},
};
#undef AT

enum { SETTING_COUNT = sizeof all / sizeof *all };

static bool parse(const struct setting *setting, const char *text, void *value, struct error *error)
{
	switch (setting->type) {
	case KIND:
		return parse_kind(text, value, error);
	case TEXT:
		return parse_text(text, value, error);
	case VERSION:
		return parse_version(text, value, error);
	case TRUTH:
		return parse_truth(text, value, error);
	case TIME:
		return parse_time(text, value, error);
	case NUMBER:
		return parse_number(text, value, error);
	case COUNT:
		return parse_count(text, setting->least, setting->most, value, error);
	}
	return false;
}

static bool unknown_setting(const char *name, struct error *error)
{
	const char *names[SETTING_COUNT + 1] = {NULL};
	struct buffer list = BUFFER_EMPTY;
	for (int i = 0; i < SETTING_COUNT; i++) {
		names[i] = all[i].name;
		buffer_format(&list, "%s%s", i ? ", " : "", names[i]);
	}
	const char *near = text_nearest(name, names);
	if (near != NULL)
		error_set(error, ERROR_USAGE, "sim: there is no setting \"%s\"; did you mean %s?",
			name, near);
	else
		error_set(error, ERROR_USAGE, "sim: there is no setting \"%s\"; there are: %s",
			name, buffer_string(&list));
	buffer_free(&list);
	return false;
}

static bool set_named(
	struct sim_settings *settings, const char *name, const char *value, struct error *error)
{
	struct error reason;
	const struct setting *setting = all, *end = all + SETTING_COUNT;
	while (setting < end && strcmp(setting->name, name) != 0)
		setting++;
	if (setting == end)
		return unknown_setting(name, error);
	return parse(setting, value, (char *)settings + setting->offset, &reason) ||
	       error_set(error, ERROR_USAGE, "sim: %s=%s: %s", name, value, reason.message);
}

bool sim_set(struct sim_settings *settings, const char *assignment, struct error *error)
{
	const char *equals = strchr(assignment, '=');
	if (equals == NULL || equals == assignment)
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
