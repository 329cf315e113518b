#include "unit.h"

#include "taken.h"

static void check(const char *text, enum chunks_kind kind, const char *body, const char *rest)
{
	for (size_t step = 1; step <= strlen(text); step++) {
		struct taken taken = take(text, strlen(text), step);
		assert_int_equal(taken.kind, kind);
		assert_string_equal(buffer_string(&taken.body), body);
		assert_string_equal(buffer_string(&taken.rest), rest);
		taken_free(&taken);
	}
}

static void test_usual_chunks_are_taken_however_they_are_cut(void **state)
{
	check("5\r\nhello\r\n", CHUNKS_MORE, "hello", "");
	check("5\r\nhello\r\n1\r\n \r\n009\r\n\r\nworld\r\n\r\n", CHUNKS_MORE,
		"hello \r\nworld\r\n", "");
	check("1a\r\nabcdefghijklmnopqrstuvwxyz\r\n", CHUNKS_MORE, "abcdefghijklmnopqrstuvwxyz",
		"");
	check("5\nhello", CHUNKS_OTHER, "", "5\nhello");
	check("40\r\nhello", CHUNKS_MORE, "hello", "");
}

static void test_the_last_chunk_is_left_with_all_that_follows(void **state)
{
	check("5\r\nhello\r\n0\r\n\r\n", CHUNKS_OTHER, "hello", "0\r\n\r\n");
	check("5\r\nhello\r\n000\r\nTrailer: x\r\n\r\n", CHUNKS_OTHER, "hello",
		"000\r\nTrailer: x\r\n\r\n");
	check("0\r\n\r\n", CHUNKS_OTHER, "", "0\r\n\r\n");
}

static void test_unusual_sizes_are_left_whole(void **state)
{
	static const char *const lines[] = {"5;name=value\r\nhello\r\n0\r\n\r\n", "5 \r\nhello",
		"zz\r\n", "\r\n5\r\n", "\r\r\n", "5\r\r\n", "-1\r\n", " 5\r\n", "\n", "5\rx",
		"0000000000000000000005\r\nhello", "ffffffffffffffff\r\nhello",
		"ffffffffffffffffffff\r\n"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct buffer text = BUFFER_EMPTY;
		buffer_format(&text, "2\r\nhi\r\n%s", lines[i]);
		check(buffer_string(&text), CHUNKS_OTHER, "hi", lines[i]);
		buffer_free(&text);
	}
}

static void test_the_largest_size_is_not_a_small_one(void **state)
{
	check("fffffffffffffff\r\nhello\r\n", CHUNKS_MORE, "hello\r\n", "");
}

static void test_a_chunk_ends_where_its_size_says(void **state)
{
	check("2\r\nhi\n2\r\nho\r\r\n", CHUNKS_MORE, "hiho", "");
	check("2\r\nhix", CHUNKS_BROKEN, "hi", "");
	check("2\r\nhi5\r\nhello\r\n", CHUNKS_BROKEN, "hi", "\r\nhello\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual_chunks_are_taken_however_they_are_cut),
		cmocka_unit_test(test_the_last_chunk_is_left_with_all_that_follows),
		cmocka_unit_test(test_unusual_sizes_are_left_whole),
		cmocka_unit_test(test_the_largest_size_is_not_a_small_one),
		cmocka_unit_test(test_a_chunk_ends_where_its_size_says),
	};
	return RUN(tests);
}
