#include "unit.h"

#include "base/pool.h"
#include "base/random.h"

#include <stdbool.h>
#include <string.h>

#define PIECE ((size_t)64 << 10)
#define BLOCKS 1000
#define LARGEST (POOL_LARGEST + POOL_LARGEST / 2)

struct block {
	unsigned char *bytes;
	size_t size;
	unsigned char filling;
};

static void fill(struct block *block, unsigned char filling)
{
	block->filling = filling;
	if (block->size > 0)
		memset(block->bytes, filling, block->size);
}

static bool holds(const struct block *block, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (block->bytes[i] != block->filling)
			return false;
	return true;
}

/* 1,000 blocks of up to 384 bytes are more than the piece has: some are the C library's, and a few
 * go to and fro. */
static void each_block_keeps_what_stands_in_it(void **state)
{
	static struct block blocks[BLOCKS];
	struct random random;
	struct pool pool;
	pool_init(&pool, PIECE);
	random_seed(&random, 7, 0);
	for (int turn = 0; turn < 100 * BLOCKS; turn++) {
		struct block *block = &blocks[random_below(&random, BLOCKS)];
		size_t size = random_below(&random, 3) > 0 ? random_below(&random, LARGEST) : 0;
		size_t kept = size < block->size ? size : block->size;
		block->bytes = pool_resize(&pool, block->bytes, block->size, size);
		assert_int_equal(block->bytes == NULL, size == 0);
		assert_true(holds(block, kept));
		assert_true(pool.room <= pool.end);
		block->size = size;
		fill(block, (unsigned char)turn);
	}
	for (size_t i = 0; i < BLOCKS; i++)
		assert_null(pool_resize(&pool, blocks[i].bytes, blocks[i].size, 0));
	pool_free(&pool);
}

static void what_is_freed_serves_the_next_of_its_size(void **state)
{
	struct pool pool;
	pool_init(&pool, PIECE);
	const char *room = NULL;
	for (int turn = 0; turn < 3; turn++) {
		void *blocks[100];
		for (size_t i = 0; i < 100; i++)
			blocks[i] = pool_resize(&pool, NULL, 0, 17 + i % 8);
		for (size_t i = 0; i < 100; i++)
			assert_null(pool_resize(&pool, blocks[i], 17 + i % 8, 0));
		assert_true(turn == 0 || pool.room == room);
		room = pool.room;
	}
	pool_free(&pool);
}

static void without_a_piece_all_is_the_c_librarys(void **state)
{
	struct pool pool = {0};
	struct block block = {.size = 40};
	block.bytes = pool_resize(&pool, NULL, 0, 40);
	fill(&block, 'x');
	block.bytes = pool_resize(&pool, block.bytes, 40, 4000);
	assert_true(holds(&block, 40));
	assert_null(pool_resize(&pool, block.bytes, 4000, 0));
	assert_null(pool_resize(&pool, NULL, 0, 0));
	pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_block_keeps_what_stands_in_it),
		cmocka_unit_test(what_is_freed_serves_the_next_of_its_size),
		cmocka_unit_test(without_a_piece_all_is_the_c_librarys),
	};
	return RUN(tests);
}
