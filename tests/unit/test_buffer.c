#include "unit.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

static void grows_up_to_its_limit_and_not_a_byte_more(void **state)
{
	struct buffer buffer;
	buffer_init(&buffer, 100);
	for (int i = 0; i < 100; i++)
		assert_true(buffer_byte(&buffer, 'x'));
	assert_false(buffer_byte(&buffer, 'y'));
	assert_false(buffer_format(&buffer, "%d", 1));
	assert_int_equal(buffer.size, 100);
	assert_int_equal(strlen(buffer_string(&buffer)), 100);
	assert_false(buffer_append(&buffer, "", (size_t)-1));
	buffer_free(&buffer);
	assert_string_equal(buffer_string(&buffer), "");
	assert_true(buffer_text(&buffer, "again"));
	buffer_free(&buffer);
}

static void keeps_bytes_apart_from_text(void **state)
{
	struct buffer buffer = BUFFER_EMPTY;
	buffer_append(&buffer, "a\0b", 3);
	buffer_format(&buffer, "%s-%d", "c", 7);
	assert_int_equal(buffer.size, 6);
	assert_memory_equal(buffer.data, "a\0bc-7", 7);
	buffer_drop(&buffer, 2);
	assert_string_equal(buffer.data, "bc-7");
	buffer_drop(&buffer, 99);
	assert_int_equal(buffer.size, 0);
	buffer_free(&buffer);
}

static void detaching_gives_the_memory_away(void **state)
{
	struct buffer buffer;
	buffer_init(&buffer, 10);
	size_t size = 99;
	char *empty = buffer_detach(&buffer, &size);
	assert_string_equal(empty, "");
	assert_int_equal(size, 0);
	buffer_text(&buffer, "ten bytes!");
	char *full = buffer_detach(&buffer, &size);
	assert_string_equal(full, "ten bytes!");
	assert_int_equal(size, 10);
	assert_null(buffer.data);
	free(empty);
	free(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_up_to_its_limit_and_not_a_byte_more),
		cmocka_unit_test(keeps_bytes_apart_from_text),
		cmocka_unit_test(detaching_gives_the_memory_away),
	};
	return RUN(tests);
}
