#include "net/frames.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COMMENT_KEPT ((size_t)4096) /* bytes */
#define STRAY_KEPT ((size_t)1024)

/* Complete lines are read where they lie; only an unfinished one is copied to `line`. An SSE event
 * is gathered in `event`, since its end shows only at the next blank line. */
struct frames {
	enum frames_kind kind;
	frames_fn fn;
	void *context;
	size_t limit;
	bool begun;
	bool has_data;
	bool swallow_lf; /* the last byte was a CR that ended a line */
	bool unspaced;   /* an event ended without a blank line: so do those behind it */
	bool whole;      /* the event is one line, which is a JSON text */
	bool was_whole;  /* before the bytes at hand */
	size_t wholes;   /* such events so far */
	bool broken;
	struct buffer line; /* the unfinished line, or the whole body */
	struct buffer name; /* the event field */
	struct buffer comment;
	struct buffer event; /* data lines of the event so far */
	struct buffer stray; /* see frames_stray */
	size_t mark;         /* bytes of the byte order mark seen, until `begun` */
};

static const char byte_order_mark[] = "\xEF\xBB\xBF";
#define MARK_SIZE (sizeof byte_order_mark - 1)

struct frames *frames_new(enum frames_kind kind, size_t line_limit, frames_fn fn, void *context)
{
	struct frames *frames = memory_new(sizeof *frames);
	frames->kind = kind;
	frames->fn = fn;
	frames->context = context;
	frames->limit = line_limit;
	/* one more, for the CR of a CRLF that is no part of the line */
	buffer_init(&frames->line, line_limit + (kind == FRAMES_LINES));
	buffer_init(&frames->event, line_limit);
	buffer_init(&frames->name, line_limit);
	buffer_init(&frames->comment, COMMENT_KEPT);
	buffer_init(&frames->stray, STRAY_KEPT);
	return frames;
}

static void drop_memory(struct frames *frames)
{
	buffer_free(&frames->line);
	buffer_free(&frames->event);
	buffer_free(&frames->name);
	buffer_free(&frames->comment);
}

void frames_free(struct frames *frames)
{
	if (frames == NULL)
		return;
	drop_memory(frames);
	buffer_free(&frames->stray);
	free(frames);
}

const struct buffer *frames_stray(const struct frames *frames)
{
	return &frames->stray;
}

static bool refuse(struct frames *frames)
{
	frames->broken = true;
	drop_memory(frames);
	return false;
}

static void deliver(struct frames *frames, const char *data, size_t size, bool flushed)
{
	struct frames_message message = {data, size, buffer_string(&frames->name),
		buffer_string(&frames->comment), flushed, frames->unspaced && frames->was_whole};
	if (size) {
		buffer_clear(&frames->stray);
		frames->fn(frames->context, &message);
	}
	buffer_clear(&frames->name);
	buffer_clear(&frames->comment);
}

/* Some servers say a failure in a comment beside its name. */
static const struct buffer *said(const struct frames *frames)
{
	if (frames->event.size || strcasecmp(buffer_string(&frames->name), "error") != 0)
		return &frames->event;
	return frames->comment.size ? &frames->comment : &frames->name;
}

static void end_event(struct frames *frames, bool flushed)
{
	const struct buffer *data = said(frames);
	deliver(frames, data->data, data->size, flushed);
	buffer_clear(&frames->event);
	frames->has_data = frames->whole = frames->was_whole = false;
}

static bool opens(char c)
{
	return c == '{' || c == '[';
}

static bool closes(char c)
{
	return c == '}' || c == ']';
}

/* Some servers leave the blank line out. In no JSON text does a bracket that closes stand before
 * one that opens. */
static bool begins_another(const struct frames *frames, const char *value, size_t size)
{
	const struct buffer *event = &frames->event;
	return event->size && closes(event->data[event->size - 1]) && size && opens(*value);
}

static bool add_data(struct frames *frames, const char *value, size_t size)
{
	if (begins_another(frames, value, size)) {
		frames->unspaced = true;
		end_event(frames, false);
	}
	if (frames->has_data && !buffer_byte(&frames->event, '\n'))
		return false;
	frames->whole = !frames->has_data && size && opens(*value) && closes(value[size - 1]);
	frames->wholes += frames->whole;
	frames->has_data = true;
	if (!buffer_append(&frames->event, value, size))
		return false;
	if (frames->unspaced && frames->whole)
		end_event(frames, false);
	return true;
}

static bool is_field(const char *line, size_t size, const char *name)
{
	return size == strlen(name) && memcmp(line, name, size) == 0;
}

static void keep_comment(struct frames *frames, const char *value, size_t size)
{
	buffer_clear(&frames->comment);
	buffer_append(&frames->comment, value, size < COMMENT_KEPT ? size : COMMENT_KEPT);
}

/* As much as there is room for. */
static void keep_stray(struct frames *frames, const char *line, size_t size)
{
	struct buffer *stray = &frames->stray;
	if (stray->size && stray->size < STRAY_KEPT)
		buffer_byte(stray, ' ');
	size_t room = STRAY_KEPT - stray->size;
	buffer_append(stray, line, size < room ? size : room);
}

/* What servers that fail in mid-stream write is in no field: a JSON text, of one line or of many.
 * No field begins as one of them does. */
static bool is_bare_json(const struct frames *frames, const char *line, size_t size)
{
	const struct buffer *event = &frames->event;
	const char *end = line + size, *first = line;
	if (opens(*line))
		return true;
	while (first < end && text_is_blank(*first))
		first++;
	if (first == end || event->size == 0 || !opens(*event->data))
		return false;
	bool goes_on = !closes(event->data[event->size - 1]);
	return closes(*first) || (goes_on && (*first == '"' || opens(*first)));
}

/* Where a JSON text in a field of data begins that has padding before its name; NULL for every
 * other line. */
static const char *data_behind(const char *line, const char *end)
{
	static const char name[] = "data:";
	const size_t size = sizeof name - 1;
	const char *at = text_past_padding(line, end);
	if (at == line || (size_t)(end - at) <= size || memcmp(at, name, size) != 0)
		return NULL;
	at += size;
	while (at < end && text_is_blank(*at))
		at++;
	return at < end && opens(*at) ? at : NULL;
}

static bool sse_line(struct frames *frames, const char *line, size_t size)
{
	if (size == 0) {
		end_event(frames, false);
		return true;
	}
	if (is_bare_json(frames, line, size))
		return add_data(frames, line, size);
	const char *data = data_behind(line, line + size);
	if (data != NULL)
		return add_data(frames, data, (size_t)(line + size - data));
	const char *colon = memchr(line, ':', size);
	size_t name_size = colon != NULL ? (size_t)(colon - line) : size;
	const char *value = colon != NULL ? colon + 1 : line + size;
	if (value < line + size && *value == ' ')
		value++;
	size_t value_size = (size_t)(line + size - value);
	if (is_field(line, name_size, "data"))
		return add_data(frames, value, value_size);
	if (is_field(line, name_size, "event")) {
		buffer_clear(&frames->name);
		return buffer_append(&frames->name, value, value_size);
	}
	if (is_field(line, name_size, "error")) { /* no standard, but what some servers end with */
		buffer_clear(&frames->name);
		return buffer_text(&frames->name, "error") && add_data(frames, value, value_size);
	}
	if (name_size == 0)
		keep_comment(frames, value, value_size);
	else if (!is_field(line, name_size, "id") && !is_field(line, name_size, "retry"))
		keep_stray(frames, line, size); /* a field of the future, or none */
	return true;
}

static bool take_line(struct frames *frames, const char *line, size_t size)
{
	bool lines = frames->kind == FRAMES_LINES;
	if (lines && size && line[size - 1] == '\r')
		size--;
	if (size > frames->limit)
		return false;
	if (!lines)
		return sse_line(frames, line, size);
	deliver(frames, line, size, false);
	return true;
}

/* The line is what was left over and these bytes. */
static bool end_line(struct frames *frames, const char *data, size_t size)
{
	if (frames->line.size == 0)
		return take_line(frames, data, size);
	if (!buffer_append(&frames->line, data, size))
		return false;
	bool taken = take_line(frames, frames->line.data, frames->line.size);
	buffer_clear(&frames->line);
	return taken;
}

static const char *find(const char *data, const char *end, char byte)
{
	const char *found = memchr(data, byte, (size_t)(end - data));
	return found != NULL ? found : end;
}

/* The usual SSE event: one line of data, of which there is some (see said), and the blank one
 * behind it in the same bytes. It is read where it lies. */
static bool deliver_whole(
	struct frames *frames, const char *line, const char *stop, const char *end)
{
	static const char data[] = "data: ";
	const size_t name_size = sizeof data - 1;
	size_t size = (size_t)(stop - line);
	if (frames->kind != FRAMES_SSE || frames->line.size || frames->has_data)
		return false;
	if (end - stop < 2 || memcmp(stop, "\n\n", 2) != 0 || size <= name_size ||
		memcmp(line, data, name_size) != 0 || size > frames->limit)
		return false;
	deliver(frames, line + name_size, size - name_size, false);
	return true;
}

/* The next LF and CR are remembered, so that a stream of one of them is not searched for the other
 * at every line. */
static bool feed_lines(struct frames *frames, const char *data, size_t size)
{
	const char *end = data + size;
	const char *lf = find(data, end, '\n');
	const char *cr = frames->kind == FRAMES_SSE ? find(data, end, '\r') : end;
	while (data < end) {
		bool other_half = frames->swallow_lf && *data == '\n';
		frames->swallow_lf = false;
		if (other_half) {
			data++;
			continue;
		}
		if (lf < data)
			lf = find(data, end, '\n');
		if (cr < data)
			cr = find(data, end, '\r');
		const char *stop = cr < lf ? cr : lf;
		if (stop == end)
			return buffer_append(&frames->line, data, (size_t)(end - data));
		if (deliver_whole(frames, data, stop, end)) {
			data = stop + 2;
			continue;
		}
		if (!end_line(frames, data, (size_t)(stop - data)))
			return false;
		frames->swallow_lf = *stop == '\r';
		data = stop + 1;
	}
	return true;
}

static bool feed(struct frames *frames, const char *data, size_t size)
{
	if (frames->kind == FRAMES_WHOLE)
		return buffer_append(&frames->line, data, size);
	return feed_lines(frames, data, size);
}

/* The number of leading bytes that belong to a byte order mark. What looked like one and is none is
 * fed as it was. */
static size_t skip_mark(struct frames *frames, const char *data, size_t size)
{
	size_t used = 0;
	while (used < size && data[used] == byte_order_mark[frames->mark]) {
		used++;
		if (++frames->mark == MARK_SIZE) {
			frames->begun = true;
			return used;
		}
	}
	if (used == size)
		return used;
	frames->begun = true;
	if (frames->mark && !feed(frames, byte_order_mark, frames->mark))
		frames->broken = true;
	return used;
}

bool frames_feed(struct frames *frames, const char *data, size_t size)
{
	if (size == 0)
		return !frames->broken;
	size_t skipped = frames->begun || frames->broken ? 0 : skip_mark(frames, data, size);
	if (frames->broken)
		return refuse(frames);
	frames->was_whole = frames->whole;
	return skipped == size || feed(frames, data + skipped, size - skipped) || refuse(frames);
}

size_t frames_waiting(const struct frames *frames)
{
	return frames->whole ? frames->wholes : 0;
}

bool frames_is_within(const struct frames *frames)
{
	return frames->line.size > 0;
}

void frames_end(struct frames *frames)
{
	if (!frames->begun && !frames->broken && frames->mark)
		frames->broken = !feed(frames, byte_order_mark, frames->mark);
	if (frames->broken)
		return;
	struct buffer *rest = &frames->line;
	if (frames->kind != FRAMES_SSE) {
		if (rest->size && frames->kind == FRAMES_LINES &&
			rest->data[rest->size - 1] == '\r')
			rest->size--;
		if (rest->size <= frames->limit)
			deliver(frames, rest->data, rest->size, true);
	} else if (rest->size == 0 || sse_line(frames, rest->data, rest->size)) {
		end_event(frames, true);
	}
	frames->broken = true; /* nothing follows an end */
	drop_memory(frames);
}
