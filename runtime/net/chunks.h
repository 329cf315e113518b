/* A chunked body (RFC 9112, 7.1), piece by piece, as far as its chunks are the usual ones: a size,
 * CR, LF, the bytes, an end of line. */
#ifndef BENCH_NET_CHUNKS_H
#define BENCH_NET_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

#define CHUNKS_DIGITS_MOST 15
#define CHUNKS_LINE_MOST (CHUNKS_DIGITS_MOST + 2) /* with the end of the line */

/* Zero-initialise. */
struct chunks {
	enum { CHUNKS_AT_LINE, CHUNKS_AT_BYTES, CHUNKS_AT_END } place;
	uint64_t left; /* of this chunk */
	unsigned line_size;
	char line[CHUNKS_LINE_MOST]; /* the size line as far as it came */
};

enum chunks_kind {
	CHUNKS_MORE,   /* all was taken */
	CHUNKS_PIECE,  /* bytes of the body */
	CHUNKS_OTHER,  /* the last chunk, an unusual one or none at all: `line` was taken of it */
	CHUNKS_BROKEN, /* a chunk that does not end where its size says */
};

/* Takes from the front of *data, *size; after CHUNKS_OTHER and CHUNKS_BROKEN no more calls. */
enum chunks_kind chunks_next(struct chunks *chunks, const char **data, size_t *size,
	const char **piece, size_t *piece_size);

#endif
