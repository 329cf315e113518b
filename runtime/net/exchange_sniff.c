/* How an answer is framed: its first bytes decide, whatever its type says. Servers answer with JSON
 * under the type of a stream, and with a stream under any type. */
#include "net/exchange_state.h"

#include <string.h>

static void begin_frames(struct exchange *exchange, enum frames_kind kind)
{
	struct exchange_state *state = exchange->state;
	state->mode = MODE_FRAMES;
	state->whole = kind == FRAMES_WHOLE;
	exchange->streamed = !state->whole;
	exchange->frames =
		frames_new(kind, state->whole ? EXCHANGE_ANSWER_LIMIT : EXCHANGE_LINE_LIMIT,
			exchange_take_message, exchange);
}

static bool has_type(const struct exchange *exchange, const char *type)
{
	return strcmp(exchange->state->content_type, type) == 0;
}

static bool is_of_lines(const struct exchange *exchange)
{
	return has_type(exchange, "application/x-ndjson") ||
	       has_type(exchange, "application/jsonl");
}

static bool promises_lines(const struct exchange *exchange)
{
	return exchange->framing == FRAMES_LINES || is_of_lines(exchange);
}

/* Whether a line is an object by itself, not the beginning of one over many lines. */
static bool is_closed(const struct buffer *line)
{
	size_t size = line->size;
	while (size && strchr(" \t\r", line->data[size - 1]) != NULL)
		size--;
	return size && line->data[size - 1] == '}';
}

/* What has come of it is fed first. */
static void begin_opened(struct exchange *exchange, enum frames_kind kind)
{
	struct buffer *opening = &exchange->state->opening;
	begin_frames(exchange, kind);
	frames_feed(exchange->frames, opening->data, opening->size);
	buffer_free(opening);
}

static void begin_json(struct exchange *exchange, bool lines)
{
	exchange->state->lines = lines;
	begin_opened(exchange, lines ? FRAMES_LINES : FRAMES_WHOLE);
}

/* Lines of JSON, or one object over many lines: the first line decides. */
static const char *sniff_json(struct exchange *exchange, const char *data, const char *end)
{
	struct buffer *opening = &exchange->state->opening;
	const char *lf = memchr(data, '\n', (size_t)(end - data));
	const char *stop = lf != NULL ? lf : end;
	if (!buffer_append(opening, data, (size_t)(stop - data))) {
		begin_json(exchange, promises_lines(exchange));
		return data;
	}
	if (lf != NULL)
		begin_json(exchange, is_closed(opening));
	return stop;
}

/* A byte order mark may stand before JSON, and before a stream. */
#define BLANKS " \t\r\n\xEF\xBB\xBF"

static bool expects_stream(const struct exchange *exchange)
{
	return exchange->stream || is_of_lines(exchange) || has_type(exchange, "text/event-stream");
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* A stream that nobody expects begins with a field's name and a colon, however it is cut. */
static const char *sniff_unexpected(struct exchange *exchange, const char *data, const char *end)
{
	struct buffer *opening = &exchange->state->opening;
	bool named = opening->size && is_letter(opening->data[opening->size - 1]);
	const char *at = data;
	while (!named && at < end && *at && strchr(BLANKS, *at) != NULL)
		at++;
	while (at < end && is_letter(*at))
		at++;
	if (at == end && buffer_append(opening, data, (size_t)(end - data)))
		return end;
	begin_opened(exchange, at < end && *at == ':' ? FRAMES_SSE : FRAMES_WHOLE);
	return data;
}

const char *exchange_sniff(struct exchange *exchange, const char *data, const char *end)
{
	bool opened = exchange->state->opening.size > 0;
	if (!expects_stream(exchange))
		return sniff_unexpected(exchange, data, end);
	while (!opened && data < end && *data && strchr(BLANKS, *data) != NULL)
		data++;
	if (data == end)
		return end;
	if (opened || *data == '{' || *data == '[')
		return sniff_json(exchange, data, end);
	begin_frames(exchange, FRAMES_SSE);
	return data;
}

void exchange_sniff_end(struct exchange *exchange)
{
	if (exchange->state->mode == MODE_SNIFF && exchange->state->opening.size)
		begin_json(exchange, expects_stream(exchange) && promises_lines(exchange));
}

bool exchange_is_one_object(const struct exchange *exchange)
{
	/* some servers end it by the word for the end of a stream */
	size_t objects = exchange->state->messages - (exchange->t_done != EXCHANGE_NONE);
	return exchange->state->lines && objects == 1 &&
	       (!promises_lines(exchange) || has_type(exchange, "application/json"));
}
