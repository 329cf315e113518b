/* The first byte chooses the chopping; the rest is a body in chunks. Chopped and whole must give
 * the same pieces, end in the same way, and leave the same to others; nothing may be lost. */
#include "base/buffer.h"
#include "base/memory.h"
#include "net/chunks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
	struct buffer body, rest;
	enum chunks_kind kind;
};

static void take_part(struct taken *taken, struct chunks *chunks, const char *data, size_t size)
{
	const char *piece;
	size_t piece_size;
	while ((taken->kind = chunks_next(chunks, &data, &size, &piece, &piece_size)) ==
		CHUNKS_PIECE) {
		if (piece_size == 0)
			abort();
		buffer_append(&taken->body, piece, piece_size);
	}
	if (taken->kind == CHUNKS_OTHER)
		buffer_append(&taken->rest, chunks->line, chunks->line_size);
	buffer_append(&taken->rest, data, size);
}

static struct taken take(const char *data, size_t size, size_t part)
{
	struct taken taken = {.kind = CHUNKS_MORE};
	struct chunks chunks = {.left = 0};
	buffer_init(&taken.body, BUFFER_UNLIMITED);
	buffer_init(&taken.rest, BUFFER_UNLIMITED);
	for (size_t at = 0; at < size; at += part) {
		size_t length = part < size - at ? part : size - at;
		char *copy = memory_bytes(data + at, length);
		if (taken.kind == CHUNKS_MORE)
			take_part(&taken, &chunks, copy, length);
		else
			buffer_append(&taken.rest, copy, length);
		free(copy);
	}
	return taken;
}

static bool same(const struct buffer *a, const struct buffer *b)
{
	return a->size == b->size && memcmp(buffer_string(a), buffer_string(b), a->size) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const char *stream = (const char *)data + 1;
	struct taken whole = take(stream, size - 1, size - 1);
	struct taken parts = take(stream, size - 1, 1 + data[0] % 32);
	if (whole.kind != parts.kind || !same(&whole.body, &parts.body) ||
		!same(&whole.rest, &parts.rest))
		abort();
	buffer_free(&whole.body);
	buffer_free(&whole.rest);
	buffer_free(&parts.body);
	buffer_free(&parts.rest);
	return 0;
}
