/* The places of four dialects, as their Lua files declare them, for tests of the engine alone. */
#ifndef BENCH_UNIT_PLANS_H
#define BENCH_UNIT_PLANS_H

#include "net/extract.h"

#include <assert.h>

#define OPENAI_PLACES                                                                              \
	{EXTRACT_CHOICE, "choices[*].index", 1}, {EXTRACT_CONTENT, "choices[*].delta.content", 1}, \
		{EXTRACT_WHOLE_CONTENT, "choices[*].message.content", 1},                          \
		{EXTRACT_CONTENT, "choices[*].text", 1},                                           \
		{EXTRACT_REASONING, "choices[*].delta.reasoning_content", 1},                      \
		{EXTRACT_REASONING, "choices[*].delta.reasoning", 1},                              \
		{EXTRACT_WHOLE_REASONING, "choices[*].message.reasoning_content", 1},              \
		{EXTRACT_WHOLE_REASONING, "choices[*].message.reasoning", 1},                      \
		{EXTRACT_TOOL_INDEX, "choices[*].delta.tool_calls[*].index", 1},                   \
		{EXTRACT_TOOL_ID, "choices[*].delta.tool_calls[*].id", 1},                         \
		{EXTRACT_TOOL_NAME, "choices[*].delta.tool_calls[*].function.name", 1},            \
		{EXTRACT_TOOL_ARGUMENTS, "choices[*].delta.tool_calls[*].function.arguments", 1},  \
		{EXTRACT_TOOL_ID, "choices[*].message.tool_calls[*].id", 1},                       \
		{EXTRACT_TOOL_NAME, "choices[*].message.tool_calls[*].function.name", 1},          \
		{EXTRACT_TOOL_ARGUMENTS, "choices[*].message.tool_calls[*].function.arguments",    \
			1},                                                                        \
		{EXTRACT_FINISH, "choices[*].finish_reason", 1},                                   \
		{EXTRACT_FAILURE, "error.message", 1}, {EXTRACT_FAILURE, "error", 1},              \
		{EXTRACT_MODEL, "model", 1}, {EXTRACT_USAGE, "usage", 1},                          \
		{EXTRACT_PROMPT_TOKENS, "usage.prompt_tokens", 1},                                 \
		{EXTRACT_OUTPUT_TOKENS, "usage.completion_tokens", 1},                             \
		{EXTRACT_TOTAL_TOKENS, "usage.total_tokens", 1},                                   \
		{EXTRACT_CACHED_TOKENS, "usage.prompt_tokens_details.cached_tokens", 1},           \
	{                                                                                          \
		EXTRACT_REASONING_TOKENS, "usage.completion_tokens_details.reasoning_tokens", 1    \
	}

#define TIMINGS_PLACES                                                                             \
	{EXTRACT_EVALUATED_TOKENS, "timings.prompt_n", 1},                                         \
		{EXTRACT_CACHED_TOKENS, "timings.cache_n", 1},                                     \
		{EXTRACT_OUTPUT_TOKENS, "timings.predicted_n", 1},                                 \
		{EXTRACT_SERVER_PREFILL, "timings.prompt_ms", 1e6},                                \
		{EXTRACT_SERVER_DECODE, "timings.predicted_ms", 1e6},                              \
	{                                                                                          \
		EXTRACT_SERVER_DECODE_TOKENS, "timings.predicted_n", 1                             \
	}

static const struct extract_place openai_places[] = {OPENAI_PLACES};
static const struct extract_place llamacpp_places[] = {OPENAI_PLACES, TIMINGS_PLACES};
static const struct extract_place native_places[] = {
	/* llama-server's own /completion */
	TIMINGS_PLACES,
	{EXTRACT_CHOICE, "index", 1},
	{EXTRACT_CONTENT, "content", 1},
	{EXTRACT_FINISH, "stop_type", 1},
	{EXTRACT_ENDED, "stop", 1},
	{EXTRACT_FAILURE, "error.message", 1},
	{EXTRACT_FAILURE, "error", 1},
	{EXTRACT_MODEL, "model", 1},
	{EXTRACT_PROMPT_TOKENS, "tokens_evaluated", 1},
	{EXTRACT_OUTPUT_TOKENS, "tokens_predicted", 1},
};
static const struct extract_place ollama_places[] = {
	{EXTRACT_CONTENT, "message.content", 1},
	{EXTRACT_CONTENT, "response", 1},
	{EXTRACT_REASONING, "message.thinking", 1},
	{EXTRACT_REASONING, "thinking", 1},
	{EXTRACT_TOOL_ID, "message.tool_calls[*].id", 1},
	{EXTRACT_TOOL_INDEX, "message.tool_calls[*].function.index", 1},
	{EXTRACT_TOOL_NAME, "message.tool_calls[*].function.name", 1},
	{EXTRACT_TOOL_ARGUMENTS, "message.tool_calls[*].function.arguments", 1},
	{EXTRACT_FINISH, "done_reason", 1},
	{EXTRACT_DONE, "done", 1},
	{EXTRACT_FAILURE, "error", 1},
	{EXTRACT_MODEL, "model", 1},
	{EXTRACT_PROMPT_TOKENS, "prompt_eval_count", 1},
	{EXTRACT_CACHED_TOKENS, "prompt_eval_cached_count", 1},
	{EXTRACT_OUTPUT_TOKENS, "eval_count", 1},
	{EXTRACT_SERVER_LOAD, "load_duration", 1},
	{EXTRACT_SERVER_PREFILL, "prompt_eval_duration", 1},
	{EXTRACT_SERVER_DECODE, "eval_duration", 1},
	{EXTRACT_SERVER_DECODE_TOKENS, "eval_count", 1},
	{EXTRACT_SERVER_TOTAL, "total_duration", 1},
};

enum dialect { DIALECT_OPENAI, DIALECT_LLAMACPP, DIALECT_NATIVE, DIALECT_OLLAMA, DIALECT_COUNT };

/* One plan of each for the whole program; freed by plans_free. */
static struct extract_plan *plans[DIALECT_COUNT];

static inline const struct extract_plan *plan_of(enum dialect dialect)
{
#define COUNT(places) places, sizeof places / sizeof *places
	if (!plans[dialect]) {
		if (dialect == DIALECT_OPENAI)
			plans[dialect] = extract_compile(COUNT(openai_places), NULL);
		else if (dialect == DIALECT_LLAMACPP)
			plans[dialect] = extract_compile(COUNT(llamacpp_places), NULL);
		else if (dialect == DIALECT_NATIVE)
			plans[dialect] = extract_compile(COUNT(native_places), NULL);
		else
			plans[dialect] = extract_compile(COUNT(ollama_places), NULL);
	}
#undef COUNT
	assert(plans[dialect]);
	return plans[dialect];
}

static inline void plans_free(void)
{
	for (int i = 0; i < DIALECT_COUNT; i++) {
		extract_plan_free(plans[i]);
		plans[i] = 0;
	}
}

#endif
