/* What is taken of a chunked body that comes in parts. */
#ifndef BENCH_UNIT_TAKEN_H
#define BENCH_UNIT_TAKEN_H

#include "base/buffer.h"
#include "base/memory.h"
#include "net/chunks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct taken {
	struct buffer body, rest; /* rest: what is left to somebody else, the line with it */
	enum chunks_kind kind;    /* the last */
};

static inline void taken_part(
	struct taken *taken, struct chunks *chunks, const char *data, size_t size)
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

/* In parts of `step` bytes, each a copy of exactly this size, so that a read beyond it is seen. */
static inline struct taken take(const char *data, size_t size, size_t step)
{
	struct taken taken = {.kind = CHUNKS_MORE};
	struct chunks chunks = {.left = 0};
	buffer_init(&taken.body, BUFFER_UNLIMITED);
	buffer_init(&taken.rest, BUFFER_UNLIMITED);
	for (size_t at = 0; at < size; at += step) {
		size_t part = step < size - at ? step : size - at;
		char *bytes = memory_bytes(data + at, part);
		if (taken.kind == CHUNKS_MORE)
			taken_part(&taken, &chunks, bytes, part);
		else
			buffer_append(&taken.rest, bytes, part);
		free(bytes);
	}
	return taken;
}

static inline void taken_free(struct taken *taken)
{
	buffer_free(&taken->body);
	buffer_free(&taken->rest);
}

#endif
