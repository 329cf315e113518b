/* The first byte chooses framing, limit and chopping; the rest is the stream. Chopped and whole
 * must give the same messages. */
#include "base/buffer.h"
#include "base/memory.h"
#include "net/frames.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void collect(void *context, const struct frames_message *message)
{
	struct buffer *seen = context;

	if (message->size == 0)
		abort();
	buffer_format(seen, "%zu:", message->size);
	buffer_append(seen, message->data, message->size);
	buffer_text(seen, message->event);
	buffer_text(seen, message->comment);
	buffer_byte(seen, message->flushed ? '!' : '|');
}

static bool run(enum frames_kind kind, size_t limit, const char *data, size_t size, size_t part,
	struct buffer *seen)
{
	struct frames *frames = frames_new(kind, limit, collect, seen);
	bool held = true;

	for (size_t at = 0; at < size && held; at += part) {
		size_t length = part < size - at ? part : size - at;
		char *copy = memory_bytes(data + at, length);
		held = frames_feed(frames, copy, length);
		free(copy);
	}
	if (held)
		frames_end(frames);
	frames_free(frames);
	return held;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole = BUFFER_EMPTY, parts = BUFFER_EMPTY;

	if (size < 2)
		return 0;
	enum frames_kind kind = (enum frames_kind)(data[0] % 3);
	size_t limit = data[0] & 0x80 ? 16 : (size_t)1 << 20, part = 1 + (data[0] >> 2) % 16;
	const char *stream = (const char *)data + 1;
	bool held = run(kind, limit, stream, size - 1, size - 1, &whole);
	bool held_parts = run(kind, limit, stream, size - 1, part, &parts);
	if (held != held_parts)
		abort();
	if (held && (whole.size != parts.size ||
			    memcmp(buffer_string(&whole), buffer_string(&parts), whole.size)))
		abort();
	buffer_free(&whole);
	buffer_free(&parts);
	return 0;
}
