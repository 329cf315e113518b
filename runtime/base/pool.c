#include "base/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* AddressSanitizer sees who goes beyond a block only where each is the C library's. */
#ifdef __SANITIZE_ADDRESS__
#define POOL_HAS_PIECE false
#else
#define POOL_HAS_PIECE true
#endif

struct pool_block { /* that is free */
	struct pool_block *next;
};

/* From the system itself: a page that nobody touches costs nothing. */
void pool_init(struct pool *pool, size_t size)
{
	*pool = (struct pool){0};
	if (!POOL_HAS_PIECE)
		return;
	void *piece = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (piece == MAP_FAILED)
		return;
	pool->start = pool->room = piece;
	pool->end = pool->start + size;
}

void pool_free(struct pool *pool)
{
	if (pool->start != NULL)
		munmap(pool->start, (size_t)(pool->end - pool->start));
	*pool = (struct pool){0};
}

static size_t place_of(size_t size)
{
	return (size - 1) / POOL_GRAIN;
}

static void *cut(struct pool *pool, size_t place)
{
	size_t size = (place + 1) * POOL_GRAIN;
	if ((size_t)(pool->end - pool->room) < size)
		return NULL;
	pool->room += size;
	return pool->room - size;
}

static void *take(struct pool *pool, size_t place)
{
	struct pool_block *block = pool->free[place];
	if (block == NULL)
		return cut(pool, place);
	pool->free[place] = block->next;
	return block;
}

static void give_back(struct pool *pool, void *block, size_t place)
{
	struct pool_block *freed = block;
	freed->next = pool->free[place];
	pool->free[place] = freed;
}

static void *allocate(struct pool *pool, size_t size)
{
	void *block = size <= POOL_LARGEST ? take(pool, place_of(size)) : NULL;
	return block != NULL ? block : malloc(size);
}

/* Where there is no other room, what becomes smaller stays. */
static void *move(struct pool *pool, void *block, size_t old_size, size_t new_size)
{
	void *moved = allocate(pool, new_size);
	if (moved == NULL)
		return new_size < old_size ? block : NULL;
	memcpy(moved, block, old_size < new_size ? old_size : new_size);
	give_back(pool, block, place_of(old_size));
	return moved;
}

static void *resize_own(struct pool *pool, void *block, size_t old_size, size_t new_size)
{
	if (new_size == 0) {
		give_back(pool, block, place_of(old_size));
		return NULL;
	}
	bool fits = place_of(new_size) == place_of(old_size);
	return fits ? block : move(pool, block, old_size, new_size);
}

static bool is_own(const struct pool *pool, const char *block)
{
	return block >= pool->start && block < pool->end;
}

void *pool_resize(struct pool *pool, void *block, size_t old_size, size_t new_size)
{
	if (block == NULL)
		return new_size > 0 ? allocate(pool, new_size) : NULL;
	if (is_own(pool, block))
		return resize_own(pool, block, old_size, new_size);
	if (new_size > 0)
		return realloc(block, new_size);
	free(block);
	return NULL;
}
