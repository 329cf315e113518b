/* The first byte chooses the chopping; the rest is a body in chunks. Chopped and whole must give
 * the same pieces, end in the same way, and leave the same to others; nothing may be lost. */
#include "taken.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	taken_free(&whole);
	taken_free(&parts);
	return 0;
}
