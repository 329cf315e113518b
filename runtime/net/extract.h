/* Declared places in a JSON message, compiled once and applied to each message. The dialects in Lua
 * declare them; nothing here knows a vendor. What comes out is unescaped (a lone half of a
 * surrogate pair becomes U+FFFD), valid UTF-8 whatever came in, and knows integers from doubles. */
#ifndef BENCH_NET_EXTRACT_H
#define BENCH_NET_EXTRACT_H

#include "base/error.h"
#include "net/json.h"

#include <stddef.h>
#include <stdint.h>

/* What a place means: of an answer as far as ENDED, of the message behind it. X(enum, name in the
 * dialects) */
#define EXTRACT_FIELDS(X)                                                                          \
	X(CONTENT, "content")             /* text */                                               \
	X(REASONING, "reasoning")         /* text */                                               \
	X(WHOLE_CONTENT, "whole_content") /* CONTENT, all of it instead of the next piece */       \
	X(WHOLE_REASONING, "whole_reasoning")                                                      \
	X(WHOLE_TOOL_ID, "whole_tool_id")                                                          \
	X(WHOLE_TOOL_NAME, "whole_tool_name")                                                      \
	X(WHOLE_TOOL_ARGUMENTS, "whole_tool_arguments")                                            \
	X(TOOL_INDEX, "tool_index")         /* integer: the call's number within an answer */      \
	X(TOOL_ID, "tool_id")               /* text */                                             \
	X(TOOL_NAME, "tool_name")           /* text */                                             \
	X(TOOL_ARGUMENTS, "tool_arguments") /* text, or any JSON value, kept as it stands */       \
	X(CHOICE, "choice")                 /* integer: the answer's number (n > 1) */             \
	X(FINISH, "finish")                 /* text: this answer ended, and why */                 \
	X(NATIVE_FINISH, "native_finish")   /* text: what the server behind a gateway calls it */  \
	X(ENDED, "ended")                   /* true: this answer ended, where no reason is said */ \
	X(DONE, "done")                     /* true: the stream is complete */                     \
	X(FAILURE, "error")                 /* text or anything not null: the server failed */     \
	X(KIND, "kind")   /* text: what a message is; "error" for one without an answer */         \
	X(WORDS, "words") /* any: what it says of a failure, in a message without an answer */     \
	X(MODEL, "model") /* text: as the server names it */                                       \
	X(PROMPT_TOKENS, "prompt_tokens")                                                          \
	X(EVALUATED_TOKENS, "evaluated_tokens")                                                    \
	X(CACHED_TOKENS, "cached_tokens")                                                          \
	X(OUTPUT_TOKENS, "output_tokens") /* running total or final */                             \
	X(REASONING_TOKENS, "reasoning_tokens")                                                    \
	X(TOTAL_TOKENS, "total_tokens")                                                            \
	X(USAGE, "usage")             /* any: the usage as it stood, for the record */             \
	X(SERVER_LOAD, "server_load") /* durations by the server's clock, ns */                    \
	X(SERVER_QUEUE, "server_queue")                                                            \
	X(SERVER_PREFILL, "server_prefill")                                                        \
	X(SERVER_DECODE, "server_decode") /* from the first to the last token */                   \
	X(SERVER_TOTAL, "server_total")                                                            \
	X(SERVER_DECODE_TOKENS, "server_decode_tokens") /* N of that; rate = (N - 1) / span */

enum extract_field {
#define X(id, name) EXTRACT_##id,
	EXTRACT_FIELDS(X)
#undef X
		EXTRACT_FIELD_COUNT
};

enum extract_kind { EXTRACT_TEXT, EXTRACT_INTEGER, EXTRACT_DOUBLE, EXTRACT_BOOLEAN, EXTRACT_JSON };

struct extract_value {
	enum extract_kind kind; /* JSON: an object or array, as it stands in the message */
	const char *text; /* valid UTF-8; TEXT unescaped (may be empty, NUL allowed inside), the
			     others as they stand in the message */
	size_t size;
	int64_t integer; /* INTEGER, not scaled; for a DOUBLE the truncated value, saturated */
	double number;   /* INTEGER and DOUBLE, scaled by the place's unit */
	bool truth;
	struct json_halves halves; /* of a TEXT, where U+FFFD stands for them */
	bool whole;                /* its place holds all there is so far, not the next piece */
};

struct extract_place {
	enum extract_field field;
	/* "usage.prompt_tokens", "choices[*].delta.content", "a.b[0].c". [*] visits every element.
	 * Keys with other characters than letters, digits, _ and - stand in quotes: a["x.y"]. */
	const char *path;
	double scale; /* numbers are multiplied by it: 1e6 turns ms into ns; 1 for none */
};

struct extract_plan;
/* Places of one field are alternatives: the first that is there (and not null) in a message wins;
 * an empty text yields to a later place that has some. Of a key that comes twice the last value
 * counts. CHOICE and TOOL_INDEX number the last [*] of their path, or the whole message where it
 * has none: the other fields below the same element carry that number; without one the position in
 * the array does (the first [*] of a path is the choice, for the tool fields the last is the tool).
 * A path has at most 32 steps, 7 of them [*]. */
struct extract_plan *extract_compile(
	const struct extract_place *places, size_t count, struct error *error);
void extract_plan_free(struct extract_plan *plan);

/* One hit. choice and tool are the numbers of the elements above it, 0 where there are none. null
 * values are no hits. In the order of the message, but of one tool call in that of the fields. */
typedef void (*extract_fn)(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value);

struct extract; /* what is remembered from message to message */
struct extract *extract_new(const struct extract_plan *plan); /* borrowed */
void extract_free(struct extract *extract);
/* The one that all answers of a plan may share, since their messages are much alike; the plan's. */
struct extract *extract_of(const struct extract_plan *plan);
/* False when the message is no JSON (or no object): nothing was delivered. */
bool extract_apply(
	struct extract *extract, const char *json, size_t size, extract_fn fn, void *context);
/* Whether a message has, at the top, a list of numbered answers (see CHOICE) with none in it, or
 * null in its place: what some servers begin and end with. */
bool extract_lists_none(const struct extract_plan *plan, const char *json, size_t size);
/* Whether the message that was applied last had NaN or Infinity, which were read as null. */
bool extract_had_no_numbers(const struct extract *extract);

#endif
