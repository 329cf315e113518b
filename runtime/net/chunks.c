#include "net/chunks.h"

#include <stdbool.h>

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* False where the byte does not belong there, or ends a line of size 0. */
static bool take_line_byte(struct chunks *chunks, char c)
{
	bool returned = chunks->line_size > 1 && chunks->line[chunks->line_size - 1] == '\r';
	int value = digit_value(c);
	chunks->line[chunks->line_size++] = c;
	if (returned && c == '\n' && chunks->left > 0) {
		chunks->place = CHUNKS_AT_BYTES;
		chunks->line_size = 0;
		return true;
	}
	if (returned || value < 0)
		return !returned && c == '\r';
	chunks->left = 16 * chunks->left + (uint64_t)value;
	return chunks->line_size <= CHUNKS_DIGITS_MOST;
}

static bool take_end_byte(struct chunks *chunks, char c)
{
	if (c == '\n')
		chunks->place = CHUNKS_AT_LINE;
	return c == '\n' || c == '\r';
}

static size_t take_bytes(struct chunks *chunks, size_t size)
{
	size_t take = size < chunks->left ? size : (size_t)chunks->left;
	chunks->left -= take;
	if (chunks->left == 0)
		chunks->place = CHUNKS_AT_END;
	return take;
}

enum chunks_kind chunks_next(struct chunks *chunks, const char **data, size_t *size,
	const char **piece, size_t *piece_size)
{
	while (*size > 0) {
		bool bytes = chunks->place == CHUNKS_AT_BYTES,
		     line = chunks->place == CHUNKS_AT_LINE;
		size_t taken = bytes ? take_bytes(chunks, *size) : 1;
		const char *from = *data;
		*data += taken;
		*size -= taken;
		if (bytes) {
			*piece = from;
			*piece_size = taken;
			return CHUNKS_PIECE;
		}
		if (line && !take_line_byte(chunks, *from))
			return CHUNKS_OTHER;
		if (!line && !take_end_byte(chunks, *from))
			return CHUNKS_BROKEN;
	}
	return CHUNKS_MORE;
}
