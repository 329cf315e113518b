/* A table in memory, column by column: numbers, or words that are numbered in the order in which
 * they come. Rows only grow; a column without any value takes no memory, any other 8 bytes a row.
 * What asks of it names rows by their numbers (from 0), so that a choice or a group of rows is a
 * list of them. */
#ifndef BENCH_BASE_COLUMNS_H
#define BENCH_BASE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct columns;
struct columns *columns_new(size_t count, const char *const *names); /* copies the names */
void columns_free(struct columns *columns);
size_t columns_rows(const struct columns *columns);
/* False where there is no column of this name. */
bool columns_find(const struct columns *columns, const char *name, size_t *column);

/* A new row, the last one from now on, without values. */
void columns_add_row(struct columns *columns);
/* Values of the last row. False, and nothing is kept, where the column holds the other kind. */
bool columns_set_number(struct columns *columns, size_t column, double value); /* finite */
bool columns_set_word(struct columns *columns, size_t column, const char *text, size_t size);

/* NaN where the row has none. Of a word its number, which columns_word turns into text. */
double columns_value(const struct columns *columns, size_t column, size_t row);
/* How many there are in this column; 0 where it holds numbers. */
size_t columns_words(const struct columns *columns, size_t column);
/* NULL for what is no number of a word of this column. */
const char *columns_word(const struct columns *columns, size_t column, double number, size_t *size);
/* The number of this word; NaN where the column does not hold it. */
double columns_word_number(
	const struct columns *columns, size_t column, const char *text, size_t size);

/* Groups of rows that are equal in all of these columns (no value equals no value), in the order of
 * their first rows: `order` gets the rows group by group, each in the given order, `ends` where in
 * it each group ends. Both have room for `count`. -> how many groups. */
size_t columns_group(const struct columns *columns, const size_t *by, size_t by_count,
	const uint32_t *rows, size_t count, uint32_t *order, uint32_t *ends);
/* Puts rows in the order of this column, equal ones as they were; those without a value last. */
void columns_sort(const struct columns *columns, size_t column, uint32_t *rows, size_t count);

#endif
