/* Allocation that ends the program in one place when memory is gone. Lua states have their own
 * allocator and are told instead. Free with free(). */
#ifndef BENCH_BASE_MEMORY_H
#define BENCH_BASE_MEMORY_H

#include <stddef.h>

void *memory_new(size_t size); /* zeroed; size 0 gives a unique pointer */
void *memory_resize(void *old, size_t count, size_t size); /* checks count * size */
char *memory_text(const char *text);                       /* a copy; NULL gives NULL */
char *memory_bytes(const void *data, size_t size);         /* a copy with a NUL behind it */

#endif
