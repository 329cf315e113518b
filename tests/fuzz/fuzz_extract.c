/* Any lines as the messages of a stream, for four dialects, and as a path. Texts that come out are
 * valid UTF-8; a message that is refused delivers nothing; what is remembered of the messages
 * before it changes nothing. */
#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/extract.h"
#include "plans.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	struct buffer *seen = context;

	if (!text_is_utf8(value->text, value->size))
		abort();
	buffer_format(seen, "%d.%d.%d.%d.%d %lld %g ", field, choice, tool, value->kind,
		value->truth, (long long)value->integer, value->number);
	buffer_append(seen, value->text, value->size);
}

/* What one message delivers, from memory of exactly its size. */
static bool apply(struct extract *extract, const char *json, size_t size, struct buffer *seen)
{
	char *copy = memory_new(size);

	buffer_clear(seen);
	if (size)
		memcpy(copy, json, size);
	bool read = extract_apply(extract, copy, size, note, seen);
	free(copy);
	if (!read && seen->size)
		abort();
	return read;
}

static void check_message(
	struct extract *remembering, enum dialect dialect, const char *json, size_t size)
{
	struct extract *fresh = extract_new(plan_of(dialect));
	struct buffer seen = BUFFER_EMPTY, expected = BUFFER_EMPTY;

	if (apply(remembering, json, size, &seen) != apply(fresh, json, size, &expected) ||
		seen.size != expected.size ||
		memcmp(buffer_string(&seen), buffer_string(&expected), seen.size) != 0)
		abort();
	buffer_free(&seen);
	buffer_free(&expected);
	extract_free(fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = memory_bytes(data, size), *end = text + size;

	for (enum dialect dialect = 0; dialect < DIALECT_COUNT; dialect++) {
		struct extract *remembering = extract_new(plan_of(dialect));
		for (const char *line = text, *stop; line <= end; line = stop + 1) {
			stop = memchr(line, '\n', (size_t)(end - line));
			stop = stop ? stop : end;
			check_message(remembering, dialect, line, (size_t)(stop - line));
		}
		extract_free(remembering);
	}
	const struct extract_place place = {EXTRACT_CONTENT, text, 1};
	extract_plan_free(extract_compile(&place, 1, NULL));
	free(text);
	return 0;
}
