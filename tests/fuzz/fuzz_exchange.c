/* A whole answer: the first bytes choose dialect, status, content type, end and chopping; the rest
 * is the body. Chopped and whole must be judged alike, and nothing may contradict itself. */
#include "base/memory.h"
#include "base/text.h"
#include "net/exchange.h"
#include "plans.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHOICES 3 /* bytes that choose */

static struct exchange *begin(const uint8_t *choices)
{
	static const char *const types[] = {
		"text/event-stream", "application/x-ndjson", "application/json", "text/plain"};
	static const char *const failed[] = {"abort", "error", NULL};
	static const long statuses[] = {200, 200, 200, 503, 301, 204, 200, 200};
	struct exchange *exchange = exchange_new();
	enum dialect dialect = choices[0] % DIALECT_COUNT;

	exchange->plan = choices[1] & 0x40 ? NULL : plan_of(dialect);
	exchange->done_text = "[DONE]";
	exchange->failed_finish = failed;
	exchange->wants_tokens = choices[0] & 0x80;
	exchange->stream = choices[0] & 0x40;
	exchange->framing = dialect == DIALECT_OLLAMA ? FRAMES_LINES : FRAMES_SSE;
	exchange_start(exchange, 1000);
	exchange_header(exchange, "Content-Type", types[choices[1] % 4]);
	exchange_headers_done(exchange, statuses[(choices[1] >> 2) % 8], 2000);
	return exchange;
}

static struct exchange *run(const uint8_t *choices, const char *body, size_t size, size_t part)
{
	struct exchange *exchange = begin(choices);

	for (size_t at = 0; at < size; at += part) {
		size_t length = part < size - at ? part : size - at;
		struct stamp stamp = {3000, true}; /* one time: what is left must be alike */
		char *copy = memory_bytes(body + at, length);
		exchange_bytes(exchange, copy, length, stamp, at);
		free(copy);
	}
	enum exchange_end how = choices[2] & 1 ? END_CLEAN : END_RESET;
	exchange_end(exchange, how, how == END_CLEAN ? NULL : "reset", 5000);
	return exchange;
}

static void check(const struct exchange *exchange)
{
	double tpot = exchange_tpot(exchange);
	bool ok = exchange->outcome == OUTCOME_OK, empty = exchange->outcome == OUTCOME_EMPTY;

	if (exchange->outcome == OUTCOME_RUNNING)
		abort();
	/* of an empty answer a server may have said why */
	if (!empty && (exchange->error_message.size > 0) == ok)
		abort();
	if (tpot != -1 && !(tpot > 0))
		abort();
	if (exchange_ttft(exchange) > exchange_e2e(exchange) ||
		exchange->output_tokens < EXCHANGE_NONE)
		abort();
	if (!text_is_utf8(buffer_string(&exchange->error_message), exchange->error_message.size))
		abort();
	for (size_t i = 0; i < exchange->answer_count; i++)
		if (!text_is_utf8(buffer_string(&exchange->answers[i].content),
			    exchange->answers[i].content.size))
			abort();
	for (size_t i = 0; i < exchange->event_count; i++)
		if (exchange_mark_of(exchange, i).tokens < 1)
			abort();
}

static bool same_text(const struct buffer *a, const struct buffer *b)
{
	return a->size == b->size && memcmp(buffer_string(a), buffer_string(b), a->size) == 0;
}

static void compare(const struct exchange *a, const struct exchange *b)
{
	bool same = a->outcome == b->outcome && strcmp(a->error_kind, b->error_kind) == 0 &&
		    same_text(&a->error_message, &b->error_message) &&
		    a->output_tokens == b->output_tokens && a->event_count == b->event_count &&
		    a->answer_count == b->answer_count &&
		    a->tool_call_count == b->tool_call_count &&
		    a->prompt_tokens == b->prompt_tokens &&
		    (a->flags | EXCHANGE_COALESCED) == (b->flags | EXCHANGE_COALESCED);

	for (size_t i = 0; same && i < a->answer_count; i++)
		same = same_text(&a->answers[i].content, &b->answers[i].content) &&
		       same_text(&a->answers[i].reasoning, &b->answers[i].reasoning);
	if (!same)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= CHOICES)
		return 0;
	const char *body = (const char *)data + CHOICES;
	struct exchange *whole = run(data, body, size - CHOICES, size);
	struct exchange *parts = run(data, body, size - CHOICES, 1 + (data[2] >> 1) % 32);

	check(whole);
	check(parts);
	compare(whole, parts);
	exchange_free(whole);
	exchange_free(parts);
	return 0;
}
