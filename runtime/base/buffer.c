#include "base/buffer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUCH ((size_t)1024) /* bytes */

void buffer_init(struct buffer *buffer, size_t limit)
{
	*buffer = (struct buffer){.limit = limit};
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){.limit = buffer->limit};
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
	if (buffer->data != NULL)
		buffer->data[0] = '\0';
}

/* Room for `size` more bytes and a NUL. It grows by a share of itself, so that appending is linear
 * in the end, by half or, where that is much, by a quarter: thousands of streams hold a text each
 * at the same time. */
static bool reserve(struct buffer *buffer, size_t size)
{
	if (size > buffer->limit || buffer->size > buffer->limit - size)
		return false;
	size_t needed = buffer->size + size + 1;
	if (needed <= buffer->capacity)
		return true;
	size_t share = buffer->capacity < MUCH ? buffer->capacity / 2 : buffer->capacity / 4;
	size_t capacity = buffer->capacity < 32 ? 64 : buffer->capacity + share;
	if (capacity < needed)
		capacity = needed;
	buffer->data = memory_resize(buffer->data, capacity, 1);
	buffer->capacity = capacity;
	return true;
}

bool buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	if (!reserve(buffer, size))
		return false;
	if (size > 0)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
	return true;
}

bool buffer_text(struct buffer *buffer, const char *text)
{
	return buffer_append(buffer, text, strlen(text));
}

bool buffer_byte(struct buffer *buffer, char byte)
{
	return buffer_append(buffer, &byte, 1);
}

bool buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0 || !reserve(buffer, (size_t)size))
		return false;
	va_start(arguments, format);
	vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, arguments);
	va_end(arguments);
	buffer->size += (size_t)size;
	return true;
}

void buffer_drop(struct buffer *buffer, size_t size)
{
	if (size >= buffer->size) {
		buffer_clear(buffer);
		return;
	}
	memmove(buffer->data, buffer->data + size, buffer->size - size + 1);
	buffer->size -= size;
}

const char *buffer_string(const struct buffer *buffer)
{
	return buffer->data == NULL ? "" : buffer->data;
}

char *buffer_detach(struct buffer *buffer, size_t *size)
{
	if (size != NULL)
		*size = buffer->size;
	char *data = buffer->data == NULL ? memory_bytes("", 0) : buffer->data;
	*buffer = (struct buffer){.limit = buffer->limit};
	return data;
}
