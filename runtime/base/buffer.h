/* Bytes that grow up to a limit given at birth. Whatever receives network bytes is made
 * this way. */
#ifndef BENCH_BASE_BUFFER_H
#define BENCH_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *data; /* always NUL-terminated at data[size]; NULL while empty and never grown */
	size_t size;
	size_t capacity;
	size_t limit;
};

#define BUFFER_UNLIMITED ((size_t)-1 / 2)
/* struct buffer text = BUFFER_EMPTY; */
#define BUFFER_EMPTY                                                                               \
	{                                                                                          \
		.limit = BUFFER_UNLIMITED                                                          \
	}

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_free(struct buffer *buffer);  /* keeps the limit, may be used again */
void buffer_clear(struct buffer *buffer); /* size 0, keeps the memory */

/* Appends; false, and nothing is changed, when the limit would be passed. */
bool buffer_append(struct buffer *buffer, const void *data, size_t size);
bool buffer_text(struct buffer *buffer, const char *text);
bool buffer_byte(struct buffer *buffer, char byte);
bool buffer_format(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Removes the first `size` bytes. */
void buffer_drop(struct buffer *buffer, size_t size);
/* The bytes as a C string, "" when empty; borrowed. */
const char *buffer_string(const struct buffer *buffer);
/* Gives the memory away (never NULL); the buffer is empty afterwards. Free with free(). */
char *buffer_detach(struct buffer *buffer, size_t *size);

#endif
