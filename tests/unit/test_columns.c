#include "unit.h"

#include "base/columns.h"

#include <math.h>
#include <stdio.h>

static size_t find(const struct columns *columns, const char *name)
{
	size_t column;
	assert_true(columns_find(columns, name, &column));
	return column;
}

static void columns_hold_one_kind_each(void **state)
{
	const char *const names[] = {"number", "word", "none"};
	struct columns *columns = columns_new(3, names);
	size_t number = find(columns, "number"), word = find(columns, "word"), size;
	assert_false(columns_find(columns, "other", &size));
	columns_add_row(columns);
	columns_add_row(columns);
	assert_true(columns_set_number(columns, number, 0.5));
	assert_true(columns_set_word(columns, word, "", 0));
	columns_add_row(columns);
	assert_true(columns_set_word(columns, word, "a\0b", 3));
	assert_false(columns_set_word(columns, number, "x", 1));
	assert_false(columns_set_number(columns, word, 1));
	assert_int_equal(columns_rows(columns), 3);
	assert_true(isnan(columns_value(columns, number, 0)));
	assert_true(columns_value(columns, number, 1) == 0.5);
	assert_true(isnan(columns_value(columns, find(columns, "none"), 2)));
	assert_memory_equal(
		columns_word(columns, word, columns_value(columns, word, 2), &size), "a\0b", 3);
	assert_int_equal(size, 3);
	assert_true(columns_word_number(columns, word, "", 0) == 0);
	assert_true(isnan(columns_word_number(columns, word, "a", 1)));
	assert_null(columns_word(columns, word, 2, &size));
	assert_int_equal(columns_words(columns, number), 0);
	columns_free(columns);
}

/* More words and rows than any table begins with. */
static void many_words_keep_their_numbers(void **state)
{
	const char *const names[] = {"word"};
	struct columns *columns = columns_new(1, names);
	char text[32];
	for (int i = 0; i < 5000; i++) {
		int size = snprintf(text, sizeof text, "word %d", i % 1000);
		columns_add_row(columns);
		assert_true(columns_set_word(columns, 0, text, (size_t)size));
	}
	assert_int_equal(columns_words(columns, 0), 1000);
	for (size_t i = 0; i < 5000; i++)
		assert_true(columns_value(columns, 0, i) == (double)(i % 1000));
	columns_free(columns);
}

enum { ROWS = 3000 };

static void groups_are_in_the_order_of_their_first_rows(void **state)
{
	const char *const names[] = {"a", "b"};
	struct columns *columns = columns_new(2, names);
	uint32_t rows[ROWS], order[ROWS], ends[ROWS];
	for (uint32_t i = 0; i < ROWS; i++) {
		rows[i] = i;
		columns_add_row(columns);
		columns_set_number(columns, 0, i % 3 == 0 ? -0.0 : i % 3 == 1 ? 0.0 : 7);
		if (i % 5 != 0)
			columns_set_number(columns, 1, i % 5);
	}
	static const size_t by[] = {0, 1};
	assert_int_equal(columns_group(columns, by, 2, rows, ROWS, order, ends), 10);
	assert_int_equal(ends[9], ROWS);
	uint32_t first = 0;
	for (size_t group = 0; group < 10; group++) {
		uint32_t begin = group == 0 ? 0 : ends[group - 1];
		assert_true(group == 0 || order[begin] > first);
		first = order[begin];
		for (uint32_t i = begin + 1; i < ends[group]; i++) {
			assert_true(order[i] > order[i - 1]);
			assert_int_equal(order[i] % 3 == 2, first % 3 == 2);
			assert_int_equal(order[i] % 5, first % 5);
		}
	}
	assert_int_equal(columns_group(columns, by, 0, rows, ROWS, order, ends), 1);
	assert_int_equal(columns_group(columns, by, 2, rows, 0, order, ends), 0);
	columns_free(columns);
}

static void equal_rows_stay_in_order_and_empty_ones_come_last(void **state)
{
	const char *const names[] = {"a"};
	struct columns *columns = columns_new(1, names);
	static const double values[] = {3, NAN, 1, 3, INFINITY, 1};
	uint32_t rows[] = {0, 1, 2, 3, 4, 5};
	static const uint32_t wanted[] = {2, 5, 0, 3, 4, 1};
	for (size_t i = 0; i < 6; i++) {
		columns_add_row(columns);
		if (!isnan(values[i]))
			columns_set_number(columns, 0, values[i]);
	}
	columns_sort(columns, 0, rows, 6);
	assert_memory_equal(rows, wanted, sizeof wanted);
	uint32_t swapped[] = {2, 4, 0, 1}; /* but for two neighbours they are in order */
	static const uint32_t in_order[] = {2, 0, 4, 1};
	columns_sort(columns, 0, swapped, 4);
	assert_memory_equal(swapped, in_order, sizeof in_order);
	columns_free(columns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_hold_one_kind_each),
		cmocka_unit_test(many_words_keep_their_numbers),
		cmocka_unit_test(groups_are_in_the_order_of_their_first_rows),
		cmocka_unit_test(equal_rows_stay_in_order_and_empty_ones_come_last),
	};
	return RUN(tests);
}
