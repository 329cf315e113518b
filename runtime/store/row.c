#include "store/row.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What the values are made from, and how far the row is. */
struct build {
	struct row *row;
	const struct row_place *place;
	const struct recorder_context *context;
	const struct exchange *exchange;
	size_t column;
};

bool row_text_is_clean(const char *text, size_t size)
{
	return text_is_utf8(text, size) && !secret_in(text, size);
}

char *row_clean_text(const char *text, size_t size, size_t *clean_size)
{
	struct buffer clean = BUFFER_EMPTY;
	text_append_utf8(&clean, text, size);
	secret_redact(&clean);
	return buffer_detach(&clean, clean_size);
}

void row_own(struct row *row, char *text)
{
	assert(row->text_count < ROW_TEXTS);
	row->texts[row->text_count++] = text;
}

/* Of a text that stays as long as the row. */
static struct store_value clean_value(struct row *row, struct store_value text)
{
	if (text.type == STORE_NULL || row_text_is_clean(text.text, text.size))
		return text;
	size_t size;
	char *clean = row_clean_text(text.text, text.size, &size);
	row_own(row, clean);
	return store_bytes(clean, size);
}

static struct store_value buffer_value(const struct buffer *text)
{
	return store_bytes(buffer_string(text), text->size);
}

/* The row takes what was made for it. */
static struct store_value made_value(struct row *row, struct buffer *text)
{
	size_t size;
	char *made = buffer_detach(text, &size);
	row_own(row, made);
	return store_bytes(made, size);
}

static void put(struct build *build, struct store_value value)
{
	build->row->request[build->column++] = value;
}

/* Words of our own, which outlive the row: no secret in them, and nothing to clean. */
static void put_word(struct build *build, const char *word)
{
	put(build, store_text(word));
}

static void put_text(struct build *build, struct store_value text)
{
	put(build, clean_value(build->row, text));
}

static void put_filled(struct build *build, struct store_value text)
{
	put_text(build, text.size > 0 ? text : store_null());
}

static void put_positive(struct build *build, int64_t number)
{
	put(build, number > 0 ? store_integer(number) : store_null());
}

static void put_time(struct build *build, int64_t t_ns)
{
	int64_t start = build->exchange->t_start;
	bool there = t_ns != EXCHANGE_NONE && start != EXCHANGE_NONE && t_ns >= start;
	put(build, there ? store_integer(t_ns - build->place->origin_ns) : store_null());
}

/* Planned times pass through floats on their way: a start is never earlier than its plan. */
static void put_schedule(struct build *build)
{
	int64_t sched = build->exchange->t_sched, start = build->exchange->t_start;
	if (sched != EXCHANGE_NONE && start != EXCHANGE_NONE && sched > start)
		sched = start;
	put(build, sched == EXCHANGE_NONE ? store_null()
					  : store_integer(sched - build->place->origin_ns));
}

static void put_context(struct build *build)
{
	const struct recorder_context *context = build->context;
	put(build, store_integer(build->place->run));
	put(build, store_integer(context->seq));
	put_positive(build, context->backend);
	put_positive(build, context->phase);
	put_word(build, context->phase_kind);
	put_word(build, context->call);
	put_text(build, store_text(context->label));
	put(build, store_integer_or_null(context->round));
	put(build, store_integer_or_null(context->user));
	put_word(build, context->prompt);
	put_word(build, context->not_applied);
}

static void put_time_of_day(struct build *build)
{
	char *text = build->row->started_at;
	int64_t start = build->exchange->t_start;
	if (start != EXCHANGE_NONE)
		clock_format_utc(
			build->place->origin_wall_ns + start - build->place->origin_ns, text);
	put_word(build, start != EXCHANGE_NONE ? text : NULL);
}

static void put_times(struct build *build)
{
	const struct exchange *exchange = build->exchange;
	put_time_of_day(build);
	put_schedule(build);
	put_time(build, exchange->t_start);
	put_time(build, exchange->t_attempt);
	put_time(build, exchange->t_dns);
	put_time(build, exchange->t_connected);
	put_time(build, exchange->t_tls);
	put_time(build, exchange->t_sent);
	put_time(build, exchange->t_headers);
	put_time(build, exchange->t_first_byte);
	put_time(build, exchange->t_first_event);
	put_time(build, exchange->t_first_token);
	put_time(build, exchange->t_first_content);
	put_time(build, exchange->t_last_token);
	put_time(build, exchange->t_finish);
	put_time(build, exchange->t_usage);
	put_time(build, exchange->t_done);
	put_time(build, exchange->t_end);
}

static bool answers_differ_in_finish(const struct exchange *exchange)
{
	for (size_t i = 1; i < exchange->answer_count; i++)
		if (strcmp(buffer_string(&exchange->answers[i].finish),
			    buffer_string(&exchange->answers[0].finish)) != 0)
			return true;
	return false;
}

/* One reason, or "stop,length" where several answers ended differently. */
static struct store_value finish_reasons(struct row *row, const struct exchange *exchange)
{
	if (exchange->answer_count == 0)
		return store_null();
	if (!answers_differ_in_finish(exchange))
		return buffer_value(&exchange->answers[0].finish);
	struct buffer reasons = BUFFER_EMPTY;
	for (size_t i = 0; i < exchange->answer_count; i++) {
		const struct buffer *finish = &exchange->answers[i].finish;
		if (i > 0)
			buffer_byte(&reasons, ',');
		buffer_append(&reasons, buffer_string(finish), finish->size);
	}
	return made_value(row, &reasons);
}

static const char *stamp_source(const struct exchange *exchange)
{
	if (exchange->stamped_by_kernel)
		return exchange->stamped_by_clock ? "mixed" : "kernel";
	return exchange->stamped_by_clock ? "clock" : NULL;
}

static void put_outcome(struct build *build)
{
	const struct exchange *exchange = build->exchange;
	bool left_out =
		build->context->not_applied != NULL && build->context->not_applied[0] != '\0';
	char *flags = build->row->flags;
	exchange_flag_names(exchange->flags | (left_out ? EXCHANGE_NOT_APPLIED : 0), flags,
		sizeof build->row->flags);
	put_word(build, exchange_outcome_name(exchange->outcome));
	put_word(build, exchange->error_kind[0] != '\0' ? exchange->error_kind : NULL);
	put_filled(build, buffer_value(&exchange->error_message));
	put_positive(build, exchange->http_status);
	put_filled(build, finish_reasons(build->row, exchange));
	put_word(build, flags);
	put(build, store_integer(exchange->attempts));
	put_word(build, exchange->address[0] != '\0' ? exchange->address : NULL);
	put(build, store_integer((int64_t)exchange->bytes));
	put(build, store_integer((int64_t)exchange->reads));
	put(build, store_integer(exchange->streamed));
	put_word(build, stamp_source(exchange));
	put(build, store_integer_or_null(exchange->cold_start));
}

static void put_gaps(struct build *build)
{
	const struct exchange *exchange = build->exchange;
	put(build, store_integer((int64_t)exchange->event_count));
	if (exchange->event_count < 2) {
		put(build, store_null());
		put(build, store_null());
		return;
	}
	int64_t longest = 0, total = exchange->t_last_token - exchange->t_first_token;
	for (size_t i = 1; i < exchange->event_count; i++) {
		int64_t gap = exchange_gap(exchange, i);
		longest = gap > longest ? gap : longest;
	}
	put(build, store_real((double)total / (double)(exchange->event_count - 1)));
	put(build, store_integer(longest));
}

static void put_counts(struct build *build)
{
	const struct exchange *exchange = build->exchange;
	put_gaps(build);
	put(build, store_integer_or_null(exchange->prompt_tokens));
	put(build, store_integer_or_null(exchange->evaluated_tokens));
	put(build, store_integer_or_null(exchange->cached_tokens));
	put(build, store_integer_or_null(exchange->output_tokens));
	put(build, store_integer_or_null(exchange->reasoning_tokens));
	put(build, store_integer_or_null(exchange->total_tokens));
	put_word(build, exchange->tokens_source == TOKENS_NONE
				? NULL
				: exchange_tokens_source_name(exchange->tokens_source));
	put_filled(build, buffer_value(&exchange->usage));
	put(build, store_integer_or_null(exchange->server_load));
	put(build, store_integer_or_null(exchange->server_queue));
	put(build, store_integer_or_null(exchange->server_prefill));
	put(build, store_integer_or_null(exchange->server_decode));
	put(build, store_integer_or_null(exchange->server_total));
	put(build, store_integer_or_null(exchange->server_decode_tokens));
}

static void append_json(struct buffer *out, const struct buffer *text)
{
	text_append_json(out, buffer_string(text), text->size);
}

static struct store_value tool_calls(struct row *row, const struct exchange *exchange)
{
	if (exchange->tool_call_count == 0)
		return store_null();
	struct buffer json = BUFFER_EMPTY;
	for (size_t i = 0; i < exchange->tool_call_count; i++) {
		const struct exchange_tool_call *call = &exchange->tool_calls[i];
		buffer_format(&json, "%s{\"arguments\":", i > 0 ? "," : "[");
		append_json(&json, &call->arguments);
		buffer_format(&json, ",\"choice\":%d,\"id\":", call->choice);
		append_json(&json, &call->id);
		buffer_text(&json, ",\"name\":");
		append_json(&json, &call->name);
		buffer_byte(&json, '}');
	}
	buffer_byte(&json, ']');
	return made_value(row, &json);
}

static const struct buffer *part_of(const struct exchange_answer *answer, bool reasoning)
{
	return reasoning ? &answer->reasoning : &answer->content;
}

/* Where there is one answer it is borrowed. */
static struct store_value join_answers(
	struct row *row, const struct exchange *exchange, bool reasoning)
{
	if (exchange->answer_count == 0)
		return store_null();
	if (exchange->answer_count == 1)
		return buffer_value(part_of(exchange->answers, reasoning));
	struct buffer text = BUFFER_EMPTY;
	for (size_t i = 0; i < exchange->answer_count; i++) {
		const struct buffer *part = part_of(&exchange->answers[i], reasoning);
		if (text.size > 0 && part->size > 0)
			buffer_text(&text, "\n\n");
		buffer_append(&text, buffer_string(part), part->size);
	}
	return made_value(row, &text);
}

/* Of a plain request the answer is its body, where that is text. */
static struct store_value take_answer(struct row *row, const struct exchange *exchange)
{
	const struct buffer *body = &exchange->body;
	if (exchange->answer_count > 0)
		return join_answers(row, exchange, false);
	if (exchange->plan != NULL || body->size == 0 || !text_is_utf8(body->data, body->size))
		return store_null();
	return buffer_value(body);
}

/* What still grows has no digest: it would be taken anew of all of it each second. */
static void put_digest(struct build *build, const struct store_value *answer)
{
	char *digest = build->row->answer_digest;
	bool there = answer->type != STORE_NULL;
	bool whole = there && build->exchange->outcome != OUTCOME_RUNNING;
	if (whole)
		text_digest(answer->text, answer->size, digest);
	put_word(build, whole ? digest : NULL);
	put(build, there ? store_integer((int64_t)text_characters(answer->text, answer->size))
			 : store_null());
}

static void put_answer(struct build *build)
{
	const struct exchange *exchange = build->exchange;
	struct row *row = build->row;
	const struct store_value answer = take_answer(row, exchange), none = store_null();
	bool keep = build->place->keep_text;
	put_filled(build, buffer_value(&exchange->model));
	put_text(build, keep ? answer : none);
	put_filled(build, keep ? join_answers(row, exchange, true) : none);
	put_filled(build, keep ? tool_calls(row, exchange) : none);
	put_digest(build, &answer);
	put_word(build, exchange->http_version[0] != '\0' ? exchange->http_version : NULL);
	put(build, exchange->streamed ? store_integer(exchange->lump) : store_null());
	put_word(build, build->context->cache);
	put(build, store_integer(exchange->packet_loss));
}

void row_build(struct row *row, const struct row_place *place,
	const struct recorder_context *context, const struct exchange *exchange)
{
	struct build build = {.row = row, .place = place, .context = context, .exchange = exchange};
	row->text_count = 0;
	put_context(&build);
	put_times(&build);
	put_outcome(&build);
	put_counts(&build);
	put_answer(&build);
	assert(build.column == ROW_REQUEST_COLUMNS);
	row_build_timeline(row, place, context, exchange, false);
}

void row_free(struct row *row)
{
	for (size_t i = 0; i < row->text_count; i++)
		free(row->texts[i]);
}
