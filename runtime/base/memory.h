/* Allocation that ends the program in one place when memory is gone. Lua states have their own
 * allocator and are told instead. Free with free(). */
#ifndef BENCH_BASE_MEMORY_H
#define BENCH_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

void *memory_new(size_t size); /* zeroed; size 0 gives a unique pointer */
void *memory_resize(void *old, size_t count, size_t size); /* checks count * size */
char *memory_text(const char *text);                       /* a copy; NULL gives NULL */
char *memory_bytes(const void *data, size_t size);         /* a copy with a NUL behind it */
/* A text as printf would print it. */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *memory_format_list(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));

/* An array with room for one more behind its first `count`: twice as long where it was full. */
static inline void *memory_grown(void *array, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity > 0 ? 2 * *capacity : 16;
	return memory_resize(array, *capacity, size);
}
/* An array of *count that has an element `index`: longer where it had none, and zeroed there. */
void *memory_reaching(void *array, size_t index, size_t *count, size_t size);

#endif
