/* After the last byte: how the request came out. */
#include "net/exchange_state.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WORDS_LIMIT ((size_t)8192)

/* --- what the server said about its failure --- */

static void take_failure(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	struct buffer *out = context;
	(void)choice, (void)tool;
	bool says_which = value->kind == EXTRACT_TEXT || value->kind == EXTRACT_JSON;
	if (field == EXTRACT_FAILURE && says_which)
		buffer_clear(out);
	else if (field != EXTRACT_WORDS || out->size)
		return;
	exchange_quote(out, value->text, value->size, 2000);
}

/* What the first line of data holds, where the body is a stream of events. */
static void find_data(const char **at, const char **end)
{
	static const char field[] = "data:";
	for (const char *line = *at; line < *end; line++) {
		const char *stop = memchr(line, '\n', (size_t)(*end - line));
		if (stop == NULL)
			stop = *end;
		if ((size_t)(stop - line) > sizeof field &&
			memcmp(line, field, sizeof field - 1) == 0) {
			*at = text_past_padding(line + sizeof field - 1, stop);
			*end = stop;
			return;
		}
		line = stop;
	}
}

/* The object in a body: behind a byte order mark, in an event of a stream, alone in a list. */
static void extract_words(const struct exchange *exchange, struct buffer *out)
{
	const char *at = exchange->body.data, *end = at + exchange->body.size;
	at = text_past_padding(at, end);
	find_data(&at, &end);
	while (end > at && text_is_blank(end[-1]))
		end--;
	if (end - at > 2 && *at == '[' && end[-1] == ']') {
		at++;
		end--;
	}
	extract_apply(extract_of(exchange->plan), at, (size_t)(end - at), take_failure, out);
}

static void page_words(const struct exchange *exchange, struct buffer *out)
{
	const char *at = exchange->body.data, *end = at + exchange->body.size;
	struct buffer words;
	at = text_past_padding(at, end);
	if (at == end || *at != '<')
		return;
	buffer_init(&words, WORDS_LIMIT);
	exchange_page_words(&words, at, (size_t)(end - at));
	exchange_quote(out, buffer_string(&words), words.size, EXCHANGE_HEAD_SIZE);
	buffer_free(&words);
}

/* The server's own message, else the words of a page, else the beginning of the body as it
 * stands. */
static void server_words(const struct exchange *exchange, struct buffer *out)
{
	const struct buffer *body = &exchange->body;
	if (body->size && exchange->plan != NULL)
		extract_words(exchange, out);
	if (body->size && out->size == 0)
		page_words(exchange, out);
	if (body->size && out->size == 0)
		exchange_quote(out, body->data, body->size, EXCHANGE_HEAD_SIZE);
}

/* cut: why the body is not whole, or NULL. */
static void judge_error_status(struct exchange *exchange, const char *cut)
{
	char kind[32];
	struct buffer words;
	snprintf(kind, sizeof kind, "http_%ld", exchange->http_status);
	buffer_init(&words, WORDS_LIMIT);
	server_words(exchange, &words);
	if (words.size == 0)
		buffer_format(&words, "HTTP %ld with an empty body", exchange->http_status);
	if (cut != NULL)
		buffer_format(&words, " (%s)", cut);
	exchange_fail(exchange, OUTCOME_FAILED, kind, "%s", buffer_string(&words));
	buffer_free(&words);
}

/* What a server puts into a query is its own, and may be somebody's key. */
static void judge_redirect(struct exchange *exchange)
{
	struct buffer *location = &exchange->state->location;
	const char *place = buffer_string(location);
	size_t size = strcspn(place, "?");
	if (location->size)
		exchange_fail(exchange, OUTCOME_FAILED, "redirect",
			"HTTP %ld: the server sends us to %.*s%s; redirects are not followed, give "
			"that address",
			exchange->http_status, (int)size, place, place[size] ? "?..." : "");
	else
		exchange_fail(exchange, OUTCOME_FAILED, "redirect",
			"HTTP %ld: no answer, and no address where there is one",
			exchange->http_status);
}

/* --- the judgement --- */

bool exchange_gave_up(const struct exchange *exchange, const char *name)
{
	const char *const *word = exchange->failed_finish;
	while (word != NULL && *word != NULL)
		if (strcasestr(name, *word++) != NULL)
			return true;
	return false;
}

static const char *failed_finish(const struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->answer_count; i++) {
		const struct exchange_answer *answer = &exchange->answers[i];
		if (exchange_gave_up(exchange, buffer_string(&answer->finish)))
			return buffer_string(&answer->finish);
		if (exchange_gave_up(exchange, buffer_string(&answer->native_finish)))
			return buffer_string(&answer->native_finish);
	}
	return NULL;
}

/* Every answer that was seen has ended, and of a stream all that were asked for; a server that
 * knows no more than one says that it is done. */
static bool has_all_ends(const struct exchange *exchange, bool whole)
{
	int64_t ended = 0;
	for (size_t i = 0; i < exchange->answer_count; i++) {
		if (exchange->answers[i].seen && !exchange->answers[i].ended)
			return false;
		ended += exchange->answers[i].ended;
	}
	return ended > 0 && (whole || ended >= exchange->answers_wanted);
}

static bool is_complete(const struct exchange *exchange)
{
	const struct exchange_state *state = exchange->state;
	if (exchange->done)
		return !state->no_end;
	bool read = state->whole && state->messages && !state->malformed && !state->bad_tail;
	/* what is said at once is whole without a reason, unless the API has a word for its end */
	if (read && (!exchange->wants_tokens ||
			    (exchange->done_text != NULL && exchange->answer_count)))
		return true;
	return has_all_ends(exchange, state->whole);
}

bool exchange_said_all(const struct exchange *exchange)
{
	return exchange->done || exchange->state->failed || has_all_ends(exchange, false);
}

/* What came and is no part of an answer: the words of another API, or of an error that we do not
 * know. */
static const char *stranger_of(const struct exchange *exchange)
{
	const struct buffer *stranger = &exchange->state->stranger;
	return stranger->size ? buffer_string(stranger) : NULL;
}

static void judge_empty(struct exchange *exchange)
{
	const char *stranger = stranger_of(exchange);
	if (stranger != NULL)
		exchange_fail(exchange, OUTCOME_EMPTY, "", "there is no token in it, but this: %s",
			stranger);
	else
		exchange->outcome = OUTCOME_EMPTY;
}

static void judge_complete(struct exchange *exchange)
{
	if (exchange->end == END_RESET)
		exchange->flags |= EXCHANGE_RESET;
	bool other_words = exchange->answer_count == 0 && stranger_of(exchange) != NULL;
	if (exchange->wants_tokens && !exchange_has_text(exchange) &&
		(exchange->output_tokens <= 0 || other_words)) {
		judge_empty(exchange);
		return;
	}
	exchange->outcome = OUTCOME_OK;
}

static void judge_cut(struct exchange *exchange, const char *message)
{
	exchange_fail(exchange, OUTCOME_TRUNCATED, "transport", "%s",
		message != NULL ? message : "the connection broke before the answer was whole");
}

/* With a comment, or with a field, or with what may become one. */
static bool begins_as_stream(const char *text)
{
	text += strspn(text, " \r\n");
	text += strspn(text, "abcdefghijklmnopqrstuvwxyz");
	return *text == ':' || *text == '\0';
}

/* A stream was asked for and nothing of the kind came: a web page, most likely. */
static bool is_no_stream(const struct exchange *exchange)
{
	const struct exchange_state *state = exchange->state;
	if (exchange->bytes == 0 || state->messages > 0)
		return false;
	return strcmp(state->content_type, "text/event-stream") != 0 ||
	       !begins_as_stream(buffer_string(&state->head));
}

/* What of an answer is not there. */
static void missing_end(const struct exchange *exchange, char *words, size_t size)
{
	if (exchange->bytes == 0)
		snprintf(words, size, "the answer is empty (HTTP %ld)", exchange->http_status);
	else if (exchange->state->whole)
		snprintf(words, size, "the answer has no finish reason");
	else if (exchange->done_text != NULL)
		snprintf(words, size, "the stream ended without a finish reason%s%s",
			exchange->done ? "" : " or ", exchange->done ? "" : exchange->done_text);
	else
		snprintf(words, size, "the stream ended before the server said that it was done");
}

static void judge_unended(struct exchange *exchange)
{
	const char *stranger = stranger_of(exchange);
	char words[256];
	missing_end(exchange, words, sizeof words);
	exchange_fail(exchange, OUTCOME_TRUNCATED, "", "%s%s%s", words,
		stranger != NULL ? "; it said this: " : "", stranger != NULL ? stranger : "");
}

static void judge_incomplete(struct exchange *exchange)
{
	const struct exchange_state *state = exchange->state;
	if (is_no_stream(exchange))
		exchange_fail(exchange, OUTCOME_FAILED, "malformed",
			"the answer (%s) is no stream of events; it begins with: %s",
			*state->content_type ? state->content_type : "no content type",
			buffer_string(&state->head));
	else if (state->bad_tail)
		exchange_fail(exchange, OUTCOME_TRUNCATED, "", "the %s ended inside a message: %s",
			state->whole ? "answer" : "stream", buffer_string(&state->complaint));
	else if (!state->whole && has_all_ends(exchange, true))
		exchange_fail(exchange, OUTCOME_TRUNCATED, "",
			"the stream ended when %zu of the %" PRId64
			" answers that were asked for had come",
			exchange->answer_count, exchange->answers_wanted);
	else
		judge_unended(exchange);
}

static void judge_malformed(struct exchange *exchange)
{
	exchange_fail(exchange, OUTCOME_FAILED, "malformed",
		"a message of the answer is not what the API promises: %s",
		buffer_string(&exchange->state->complaint));
}

static void judge_answer(struct exchange *exchange, const char *message)
{
	const struct exchange_state *state = exchange->state;
	const char *reason = failed_finish(exchange);
	bool cut = exchange->end != END_CLEAN;
	if (state->failed)
		exchange_fail(exchange, OUTCOME_FAILED, "server_error", "%s",
			buffer_string(&state->complaint));
	else if (reason != NULL)
		exchange_fail(exchange, OUTCOME_FAILED, "server_error",
			"the server gave up: finish reason \"%s\"", reason);
	else if (state->malformed && !(cut && state->whole))
		judge_malformed(exchange);
	else if (is_complete(exchange))
		judge_complete(exchange);
	else if (cut)
		judge_cut(exchange, message);
	else
		judge_incomplete(exchange);
}

void exchange_judge(struct exchange *exchange, const char *message)
{
	if (exchange->http_status == 0 && exchange->bytes == 0)
		exchange_fail(exchange, OUTCOME_FAILED, "no_response", "%s",
			message != NULL ? message
					: "the server closed the connection without an answer");
	else if (exchange->http_status >= 400)
		judge_error_status(exchange, message);
	else if (exchange->http_status >= 300 && exchange->plan != NULL)
		judge_redirect(exchange);
	else if (exchange->plan != NULL)
		judge_answer(exchange, message);
	else if (exchange->end == END_CLEAN)
		exchange->outcome = OUTCOME_OK;
	else
		judge_cut(exchange, message);
}
