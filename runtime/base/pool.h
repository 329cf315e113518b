/* Small blocks of one owner, cut from one piece of memory. What is freed serves the next of its
 * size, so that no more than the piece is ever held back; what is larger, or finds no room in it,
 * is the C library's, which takes five times as long to give a block and to take it. */
#ifndef BENCH_BASE_POOL_H
#define BENCH_BASE_POOL_H

#include <stddef.h>

#define POOL_LARGEST ((size_t)256) /* bytes of a block */
#define POOL_GRAIN ((size_t)8)

struct pool {
	char *start, *room, *end;
	struct pool_block *free[POOL_LARGEST / POOL_GRAIN];
};

void pool_init(struct pool *pool, size_t size);
void pool_free(struct pool *pool); /* with all that was cut from it */
/* As realloc, for an owner who knows what it has: old_size is that of the block, where there is
 * one. new_size 0 frees it and gives NULL. What becomes smaller never fails. */
void *pool_resize(struct pool *pool, void *block, size_t old_size, size_t new_size);

#endif
