/* Cut a byte stream into messages: SSE events, JSON lines, or one whole body. Any chopping of the
 * bytes gives the same messages. No I/O, no clock: the caller knows when the bytes arrived. */
#ifndef BENCH_NET_FRAMES_H
#define BENCH_NET_FRAMES_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

enum frames_kind {
	FRAMES_SSE,   /* WHATWG event stream; LF, CRLF, CR; BOM; comments; multi-line data */
	FRAMES_LINES, /* NDJSON: LF or CRLF, empty lines skipped */
	FRAMES_WHOLE  /* the whole body is one message, delivered by frames_end */
};

struct frames_message {
	/* borrowed, valid during the call; never empty: of an SSE event named error that has no
	 * data it is the comment in it, else the name */
	const char *data;
	size_t size;
	const char *event;   /* the SSE event name, "" without one */
	const char *comment; /* the last one in the SSE event, "" without one */
	bool flushed;        /* the end of the stream completed it, not a blank line or newline */
	bool earlier;        /* it was the one of frames_waiting before these bytes */
};

typedef void (*frames_fn)(void *context, const struct frames_message *message);

struct frames;
/* line_limit: the longest line (SSE, lines) or body (whole), in bytes. */
struct frames *frames_new(enum frames_kind kind, size_t line_limit, frames_fn fn, void *context);
void frames_free(struct frames *frames);
/* Calls fn for each message that these bytes complete. False once a line was longer than the limit;
 * memory stays bounded and every later call does nothing and returns false. */
bool frames_feed(struct frames *frames, const char *data, size_t size);
/* The number of the event that is whole, since its line is a JSON text, and waits for its blank
 * line; 0: none does. Where the next event begins instead, it was complete all the while. */
size_t frames_waiting(const struct frames *frames);
/* Whether a line has begun that is not at its end. */
bool frames_is_within(const struct frames *frames);
/* The beginning of the lines behind the last message that are in no field of an event stream: the
 * page of a proxy, most likely. */
const struct buffer *frames_stray(const struct frames *frames);
/* The stream ended: delivers an unfinished last event or line with flushed set. The reader decides
 * whether it is whole. */
void frames_end(struct frames *frames);

#endif
