#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Up to this size malloc and a memset take the place of calloc, which in glibc before 2.41 leaves
 * out what its thread has just freed, hence takes ten times as long and gives memory that is cold.
 * A large piece is clean as it comes from the system. */
#define SMALL ((size_t)1024)

static void out_of_memory(size_t size)
{
	fprintf(stderr, "bench: out of memory (%zu bytes more were needed)\n", size);
	abort();
}

void *memory_zeroed(size_t count, size_t size)
{
	bool small = count <= SMALL && size <= SMALL && count * size <= SMALL;
	if (!small)
		return calloc(count, size);
	void *memory = malloc(count * size);
	if (memory != NULL)
		explicit_bzero(memory, count * size); /* of a memset the compiler makes calloc */
	return memory;
}

void *memory_new(size_t size)
{
	void *memory = memory_zeroed(1, size == 0 ? 1 : size);
	if (memory == NULL)
		out_of_memory(size);
	return memory;
}

void *memory_resize(void *old, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		out_of_memory(SIZE_MAX);
	size_t bytes = count * size;
	void *memory = realloc(old, bytes == 0 ? 1 : bytes);
	if (memory == NULL)
		out_of_memory(bytes);
	return memory;
}

char *memory_text(const char *text)
{
	return text == NULL ? NULL : memory_bytes(text, strlen(text));
}

char *memory_bytes(const void *data, size_t size)
{
	char *copy = memory_resize(NULL, size + 1, 1);
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}
