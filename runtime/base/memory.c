#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((noreturn)) void out_of_memory(size_t size)
{
	fprintf(stderr, "bench: out of memory (%zu bytes more were needed)\n", size);
	abort();
}

void *memory_new(size_t size)
{
	void *memory = calloc(1, size == 0 ? 1 : size);
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

char *memory_format_list(const char *format, va_list arguments)
{
	char *text;
	if (vasprintf(&text, format, arguments) < 0)
		out_of_memory(strlen(format));
	return text;
}

char *memory_format(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = memory_format_list(format, arguments);
	va_end(arguments);
	return text;
}

void *memory_reaching(void *array, size_t index, size_t *count, size_t size)
{
	if (index < *count)
		return array;
	size_t before = *count;
	*count = 2 * index + 16;
	array = memory_resize(array, *count, size);
	memset((char *)array + before * size, 0, (*count - before) * size);
	return array;
}
