/* Any bytes as a message, for four dialects, and as a path. Texts that come out are valid UTF-8; a
 * message that is refused delivers nothing. */
#include "base/memory.h"
#include "base/text.h"
#include "net/extract.h"
#include "plans.h"

#include <stdbool.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	(void)field, (void)choice, (void)tool;
	++*(size_t *)context;
	if (!text_is_utf8(value->text, value->size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct extract *extracts[DIALECT_COUNT];

	char *copy = memory_new(size); /* of exactly this size */
	for (size_t i = 0; i < size; i++)
		copy[i] = (char)data[i];
	for (enum dialect dialect = 0; dialect < DIALECT_COUNT; dialect++) {
		struct extract **extract = &extracts[dialect];
		size_t hits = 0;
		if (!*extract)
			*extract = extract_new(plan_of(dialect));
		bool read = extract_apply(*extract, copy, size, check, &hits);
		if (!read && hits)
			abort();
	}
	char *path = memory_bytes(data, size);
	const struct extract_place place = {EXTRACT_CONTENT, path, 1};
	extract_plan_free(extract_compile(&place, 1, NULL));
	free(path);
	free(copy);
	return 0;
}
