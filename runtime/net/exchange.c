#include "net/exchange_state.h"

#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADERS_LIMIT ((size_t)1 << 20)
#define MESSAGE_LIMIT ((size_t)4096)

/* --- life --- */

static void free_answers(struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->answer_count; i++) {
		buffer_free(&exchange->answers[i].content);
		buffer_free(&exchange->answers[i].reasoning);
		buffer_free(&exchange->answers[i].finish);
		buffer_free(&exchange->answers[i].native_finish);
	}
	for (size_t i = 0; i < exchange->tool_call_count; i++) {
		buffer_free(&exchange->tool_calls[i].id);
		buffer_free(&exchange->tool_calls[i].name);
		buffer_free(&exchange->tool_calls[i].arguments);
	}
	free(exchange->answers);
	free(exchange->tool_calls);
	free(exchange->gaps);
	free(exchange->long_gaps);
	free(exchange->event_marks);
}

/* What is needed only while bytes come. */
static void free_machinery(struct exchange *exchange)
{
	frames_free(exchange->frames);
	exchange->frames = NULL;
	buffer_free(&exchange->state->opening);
	buffer_free(&exchange->state->head);
	buffer_free(&exchange->state->location);
	buffer_free(&exchange->state->next_tool_id);
	buffer_free(&exchange->state->complaint);
	buffer_free(&exchange->state->stranger);
}

static void free_contents(struct exchange *exchange)
{
	free_answers(exchange);
	free_machinery(exchange);
	buffer_free(&exchange->headers);
	buffer_free(&exchange->body);
	buffer_free(&exchange->model);
	buffer_free(&exchange->usage);
	buffer_free(&exchange->error_message);
}

static void begin_state(struct exchange_state *state)
{
	*state = (struct exchange_state){.listener = state->listener, .line_ns = EXCHANGE_NONE};
	buffer_init(&state->opening, EXCHANGE_LINE_LIMIT);
	buffer_init(&state->location, MESSAGE_LIMIT);
	buffer_init(&state->head, EXCHANGE_HEAD_SIZE);
	buffer_init(&state->next_tool_id, EXCHANGE_HEAD_SIZE);
	buffer_init(&state->complaint, MESSAGE_LIMIT);
	buffer_init(&state->stranger, MESSAGE_LIMIT);
}

static void free_listener(struct exchange_state *state)
{
	for (int i = 0; i < CHANNEL_COUNT && state->listener != NULL; i++)
		buffer_free(&state->listener->texts[i]);
	free(state->listener);
	state->listener = NULL;
}

static void begin_times(struct exchange *exchange)
{
	exchange->t_attempt = exchange->t_dns = exchange->t_connected = exchange->t_tls =
		exchange->t_sent = exchange->t_headers = exchange->t_first_byte =
			exchange->t_first_event = exchange->t_first_token = EXCHANGE_NONE;
	exchange->t_first_content = exchange->t_last_token = exchange->t_finish =
		exchange->t_usage = exchange->t_done = exchange->t_end = exchange->round_trip =
			EXCHANGE_NONE;
}

static void begin_counts(struct exchange *exchange)
{
	exchange->prompt_tokens = exchange->evaluated_tokens = exchange->cached_tokens =
		exchange->output_tokens = exchange->reasoning_tokens = exchange->total_tokens =
			EXCHANGE_NONE;
	exchange->server_load = exchange->server_queue = exchange->server_prefill =
		exchange->server_decode = exchange->server_total = exchange->server_decode_tokens =
			EXCHANGE_NONE;
	exchange->cold_start = -1;
}

/* Everything that an attempt learns. */
static void begin_attempt(struct exchange *exchange)
{
	begin_state(exchange->state);
	begin_times(exchange);
	begin_counts(exchange);
	buffer_init(&exchange->headers, HEADERS_LIMIT);
	buffer_init(&exchange->body, EXCHANGE_ANSWER_LIMIT);
	buffer_init(&exchange->model, 1024);
	buffer_init(&exchange->usage, EXCHANGE_ERROR_LIMIT);
	buffer_init(&exchange->error_message, 4 * MESSAGE_LIMIT);
}

struct exchange *exchange_new(void)
{
	struct exchange *exchange = memory_new(sizeof *exchange);
	exchange->state = memory_new(sizeof *exchange->state);
	exchange->t_sched = exchange->t_start = exchange->answers_wanted = EXCHANGE_NONE;
	begin_attempt(exchange);
	return exchange;
}

void exchange_free(struct exchange *exchange)
{
	if (exchange == NULL)
		return;
	free_contents(exchange);
	free_listener(exchange->state);
	free(exchange->state);
	free(exchange);
}

void exchange_retry(struct exchange *exchange)
{
	const struct exchange old = *exchange;
	free_contents(exchange);
	*exchange = (struct exchange){
		.plan = old.plan,
		.done_text = old.done_text,
		.failed_finish = old.failed_finish,
		.wants_tokens = old.wants_tokens,
		.keep_body = old.keep_body,
		.stream = old.stream,
		.framing = old.framing,
		.answers_wanted = old.answers_wanted,
		.t_sched = old.t_sched,
		.t_start = old.t_start,
		.attempts = old.attempts + 1,
		.flags = old.flags & (EXCHANGE_LATE | EXCHANGE_NOT_APPLIED),
		.state = old.state,
	};
	begin_attempt(exchange);
}

void exchange_on_token(struct exchange *exchange, exchange_token_fn fn, void *context)
{
	free_listener(exchange->state);
	if (fn == NULL)
		return;
	struct exchange_listener *listener = memory_new(sizeof *listener);
	listener->fn = fn;
	listener->context = context;
	for (int i = 0; i < CHANNEL_COUNT; i++)
		buffer_init(&listener->texts[i], 3 * EXCHANGE_ANSWER_LIMIT);
	exchange->state->listener = listener;
}

/* --- what http reports --- */

void exchange_start(struct exchange *exchange, int64_t t_ns)
{
	if (exchange->t_start == EXCHANGE_NONE)
		exchange->t_start = t_ns;
	if (exchange->attempts == 0)
		exchange->attempts = 1;
	exchange->t_attempt = t_ns;
}

/* "text/event-stream; charset=utf-8" without its parameters, in lower case. */
static void keep_content_type(struct exchange_state *state, const char *value)
{
	size_t size = strcspn(value, "; \t");
	if (size >= sizeof state->content_type)
		size = sizeof state->content_type - 1;
	for (size_t i = 0; i < size; i++)
		state->content_type[i] = (char)tolower((unsigned char)value[i]);
	state->content_type[size] = '\0';
}

bool exchange_header(struct exchange *exchange, const char *name, const char *value)
{
	struct buffer *headers = &exchange->headers;
	if (exchange->outcome != OUTCOME_RUNNING)
		return false;
	if (strcasecmp(name, "content-type") == 0)
		keep_content_type(exchange->state, value);
	if (strcasecmp(name, "location") == 0) {
		buffer_clear(&exchange->state->location);
		exchange_quote(&exchange->state->location, value, strlen(value), MESSAGE_LIMIT / 4);
	}
	if (headers->size + 3 * (strlen(name) + strlen(value)) + 3 > headers->limit) {
		exchange_fail(exchange, OUTCOME_FAILED, "client_limit",
			"the headers are longer than %zu bytes", headers->limit);
		return false;
	}
	size_t start = headers->size;
	text_append_utf8(headers, name, strlen(name));
	for (char *c = headers->data + start; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	buffer_text(headers, ": ");
	text_append_utf8(headers, value, strlen(value));
	return buffer_byte(headers, '\n');
}

static void choose_mode(struct exchange *exchange)
{
	bool kept = exchange->http_status >= 300 || exchange->plan == NULL;
	exchange->state->mode = kept ? MODE_KEEP : MODE_SNIFF;
}

bool exchange_headers_done(struct exchange *exchange, long status, int64_t t_ns)
{
	if (exchange->outcome != OUTCOME_RUNNING)
		return false;
	exchange->http_status = status;
	exchange->t_headers = t_ns;
	if (status >= 400)
		exchange->body.limit = EXCHANGE_ERROR_LIMIT;
	if (exchange->t_first_byte == EXCHANGE_NONE)
		exchange->t_first_byte = t_ns;
	choose_mode(exchange);
	return true;
}

static void note_read(struct exchange *exchange, struct stamp stamp, uint64_t read, size_t size)
{
	struct exchange_state *state = exchange->state;
	if (exchange->bytes == 0 || read != state->read)
		exchange->reads++;
	exchange->bytes += size;
	state->stamp = stamp;
	state->read = read;
	if (stamp.kernel)
		exchange->stamped_by_kernel = true;
	else
		exchange->stamped_by_clock = true;
}

/* Of what is cut off. */
static void drop_half_secret(struct buffer *kept)
{
	if (kept->size == 0)
		return;
	kept->size = secret_whole(kept->data, kept->size);
	kept->data[kept->size] = '\0';
}

/* As much as there is room for. */
static void keep_beginning(struct buffer *kept, const char *data, size_t size)
{
	size_t room = kept->limit - kept->size;
	buffer_append(kept, data, size < room ? size : room);
	if (size <= room)
		return;
	drop_half_secret(kept);
	kept->limit = kept->size;
}

static void keep_body(struct exchange *exchange, const char *data, size_t size)
{
	struct exchange_state *state = exchange->state;
	if (exchange->plan != NULL && state->messages == 0)
		keep_beginning(&state->head, data, size);
	if (state->mode == MODE_KEEP || exchange->keep_body)
		keep_beginning(&exchange->body, data, size);
}

static void note_waiting(struct exchange *exchange)
{
	struct exchange_state *state = exchange->state;
	size_t waiting = frames_waiting(exchange->frames);
	if (waiting == state->waiting)
		return;
	state->waiting = waiting;
	state->waiting_stamp = state->stamp;
}

static void note_line(struct exchange *exchange)
{
	struct exchange_state *state = exchange->state;
	if (!frames_is_within(exchange->frames))
		state->line_ns = EXCHANGE_NONE;
	else if (state->line_ns == EXCHANGE_NONE)
		state->line_ns = state->stamp.t_ns;
}

static bool read_body(struct exchange *exchange, const char *data, size_t size)
{
	struct exchange_state *state = exchange->state;
	const char *end = data + size;
	if (state->mode == MODE_SNIFF)
		data = exchange_sniff(exchange, data, end);
	if (state->mode != MODE_FRAMES || data == end)
		return true;
	if (frames_feed(exchange->frames, data, (size_t)(end - data))) {
		note_waiting(exchange);
		note_line(exchange);
		return true;
	}
	exchange_fail(exchange, OUTCOME_FAILED, "line_too_long",
		"a line of the answer is longer than %zu MiB", EXCHANGE_LINE_LIMIT >> 20);
	return false;
}

bool exchange_bytes(
	struct exchange *exchange, const char *data, size_t size, struct stamp stamp, uint64_t read)
{
	if (exchange->outcome != OUTCOME_RUNNING)
		return false;
	if (size == 0)
		return true;
	if (size > EXCHANGE_ANSWER_LIMIT - exchange->bytes) {
		exchange_fail(exchange, OUTCOME_FAILED, "answer_too_long",
			"the answer is longer than %zu MiB", EXCHANGE_ANSWER_LIMIT >> 20);
		return false;
	}
	note_read(exchange, stamp, read, size);
	if (exchange->state->mode == MODE_UNDECIDED) /* behind a 101, which no headers follow */
		choose_mode(exchange);
	keep_body(exchange, data, size);
	return read_body(exchange, data, size);
}

/* It was not streamed. */
static void take_for_whole(struct exchange *exchange)
{
	exchange->state->whole = true;
	exchange->streamed = false;
	exchange->event_count = 0;
	exchange->flags &= ~(unsigned)EXCHANGE_FLUSHED;
	exchange->t_first_event = exchange->t_first_token = exchange->t_first_content =
		exchange->t_last_token = EXCHANGE_NONE;
}

/* The connection may break in the middle of one. */
static void drop_half_secrets(struct exchange *exchange)
{
	struct exchange_state *state = exchange->state;
	drop_half_secret(&exchange->body);
	drop_half_secret(&state->head);
	drop_half_secret(&state->complaint);
	for (size_t i = 0; i < exchange->answer_count; i++) {
		drop_half_secret(&exchange->answers[i].content);
		drop_half_secret(&exchange->answers[i].reasoning);
	}
	for (size_t i = 0; i < exchange->tool_call_count; i++)
		drop_half_secret(&exchange->tool_calls[i].arguments);
}

/* Words in no event that nothing came behind. */
static void note_stray(struct exchange *exchange)
{
	const struct buffer *stray = frames_stray(exchange->frames);
	struct buffer *stranger = &exchange->state->stranger;
	if (stray->size == 0)
		return;
	buffer_clear(stranger);
	exchange_quote(stranger, stray->data, stray->size, EXCHANGE_HEAD_SIZE);
}

void exchange_end(
	struct exchange *exchange, enum exchange_end end, const char *message, int64_t t_ns)
{
	exchange->end = end;
	exchange->t_end = t_ns;
	exchange_sniff_end(exchange);
	if (exchange->frames != NULL) {
		frames_end(exchange->frames);
		note_stray(exchange);
	}
	if (exchange_is_one_object(exchange))
		take_for_whole(exchange);
	if (end != END_CLEAN && !exchange_said_all(exchange))
		drop_half_secrets(exchange);
	exchange_settle(exchange);
	if (exchange->outcome == OUTCOME_RUNNING)
		exchange_judge(exchange, message);
	free_machinery(exchange);
}

/* --- definitions --- */

struct exchange_mark exchange_mark_of(const struct exchange *exchange, size_t event)
{
	if (exchange->event_marks != NULL)
		return exchange->event_marks[event];
	return (struct exchange_mark){.tokens = 1, .channel = CHANNEL_CONTENT};
}

static int64_t since_start(const struct exchange *exchange, int64_t t_ns)
{
	if (t_ns == EXCHANGE_NONE || exchange->t_start == EXCHANGE_NONE)
		return EXCHANGE_NONE;
	return t_ns - exchange->t_start;
}

int64_t exchange_ttft(const struct exchange *exchange)
{
	return since_start(exchange, exchange->t_first_token);
}

int64_t exchange_ttfc(const struct exchange *exchange)
{
	return since_start(exchange, exchange->t_first_content);
}

int64_t exchange_e2e(const struct exchange *exchange)
{
	bool streamed = exchange->streamed && exchange->wants_tokens;
	return since_start(exchange, streamed ? exchange->t_last_token : exchange->t_end);
}

double exchange_tpot(const struct exchange *exchange)
{
	int64_t span = exchange->t_last_token - exchange->t_first_token;
	if (span <= 0 || exchange->output_tokens < 2 || exchange->flags & EXCHANGE_BURST)
		return -1;
	return (double)span / (double)(exchange->output_tokens - 1);
}

double exchange_server_decode_tps(const struct exchange *exchange)
{
	if (exchange->server_decode_tokens < 2 || exchange->server_decode <= 0)
		return -1;
	return (double)(exchange->server_decode_tokens - 1) / (double)exchange->server_decode * 1e9;
}
