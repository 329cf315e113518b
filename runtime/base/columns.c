#include "base/columns.h"

#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_PLACES 64 /* of a hash table, and of rows */

struct word {
	char *text;
	size_t size;
};

/* Where each word stands in `words`, from 1; 0 is a free place. A power of two, at most
 * half full. */
struct column {
	char *name;
	double *values; /* NULL: no value yet */
	struct word *words;
	size_t word_count, word_capacity;
	uint32_t *places;
	size_t place_count;
};

struct columns {
	struct column *list;
	size_t count, rows, capacity;
};

struct columns *columns_new(size_t count, const char *const *names)
{
	struct columns *columns = memory_new(sizeof *columns);
	columns->list = memory_new(count * sizeof *columns->list);
	columns->count = count;
	for (size_t i = 0; i < count; i++)
		columns->list[i].name = memory_text(names[i]);
	return columns;
}

static void column_free(struct column *column)
{
	for (size_t i = 0; i < column->word_count; i++)
		free(column->words[i].text);
	free(column->words);
	free(column->places);
	free(column->values);
	free(column->name);
}

void columns_free(struct columns *columns)
{
	if (columns == NULL)
		return;
	for (size_t i = 0; i < columns->count; i++)
		column_free(&columns->list[i]);
	free(columns->list);
	free(columns);
}

size_t columns_rows(const struct columns *columns)
{
	return columns->rows;
}

bool columns_find(const struct columns *columns, const char *name, size_t *column)
{
	for (size_t i = 0; i < columns->count; i++)
		if (strcmp(columns->list[i].name, name) == 0) {
			*column = i;
			return true;
		}
	return false;
}

static void grow(struct columns *columns)
{
	columns->capacity = columns->capacity == 0 ? LEAST_PLACES : 2 * columns->capacity;
	for (size_t i = 0; i < columns->count; i++) {
		struct column *column = &columns->list[i];
		if (column->values != NULL)
			column->values =
				memory_resize(column->values, columns->capacity, sizeof(double));
	}
}

void columns_add_row(struct columns *columns)
{
	if (columns->rows == columns->capacity)
		grow(columns);
	for (size_t i = 0; i < columns->count; i++)
		if (columns->list[i].values != NULL)
			columns->list[i].values[columns->rows] = NAN;
	columns->rows++;
}

static void set(struct columns *columns, struct column *column, double value)
{
	if (column->values == NULL) {
		column->values = memory_resize(NULL, columns->capacity, sizeof(double));
		for (size_t i = 0; i < columns->rows; i++)
			column->values[i] = NAN;
	}
	column->values[columns->rows - 1] = value;
}

bool columns_set_number(struct columns *columns, size_t column, double value)
{
	if (columns->list[column].words != NULL)
		return false;
	set(columns, &columns->list[column], value);
	return true;
}

static bool is_word(const struct word *word, const char *text, size_t size)
{
	return word->size == size && memcmp(word->text, text, size) == 0;
}

/* The place of this word, or the free one where it belongs. The table is not full. */
static size_t place_of(const struct column *column, const char *text, size_t size)
{
	uint64_t hash = text_hash(text, size);
	size_t place = (size_t)(hash ^ hash >> 32) & (column->place_count - 1);
	while (column->places[place] != 0 &&
		!is_word(&column->words[column->places[place] - 1], text, size))
		place = (place + 1) & (column->place_count - 1);
	return place;
}

static void grow_words(struct column *column)
{
	column->word_capacity =
		column->word_capacity == 0 ? LEAST_PLACES : 2 * column->word_capacity;
	column->words = memory_resize(column->words, column->word_capacity, sizeof *column->words);
	free(column->places);
	column->place_count = 2 * column->word_capacity;
	column->places = memory_new(column->place_count * sizeof *column->places);
	for (size_t i = 0; i < column->word_count; i++) {
		const struct word *word = &column->words[i];
		column->places[place_of(column, word->text, word->size)] = (uint32_t)i + 1;
	}
}

static double number_of_word(struct column *column, const char *text, size_t size)
{
	if (column->word_count == column->word_capacity)
		grow_words(column);
	size_t place = place_of(column, text, size);
	if (column->places[place] == 0) {
		column->words[column->word_count++] = (struct word){memory_bytes(text, size), size};
		column->places[place] = (uint32_t)column->word_count;
	}
	return (double)column->places[place] - 1;
}

bool columns_set_word(struct columns *columns, size_t column, const char *text, size_t size)
{
	struct column *one = &columns->list[column];
	if (one->values != NULL && one->words == NULL)
		return false;
	set(columns, one, number_of_word(one, text, size));
	return true;
}

double columns_value(const struct columns *columns, size_t column, size_t row)
{
	const double *values = columns->list[column].values;
	return values == NULL ? NAN : values[row];
}

size_t columns_words(const struct columns *columns, size_t column)
{
	return columns->list[column].word_count;
}

const char *columns_word(const struct columns *columns, size_t column, double number, size_t *size)
{
	const struct column *one = &columns->list[column];
	if (!(number >= 0 && number < (double)one->word_count))
		return NULL;
	*size = one->words[(size_t)number].size;
	return one->words[(size_t)number].text;
}

double columns_word_number(
	const struct columns *columns, size_t column, const char *text, size_t size)
{
	const struct column *one = &columns->list[column];
	if (one->words == NULL)
		return NAN;
	uint32_t found = one->places[place_of(one, text, size)];
	return found == 0 ? NAN : (double)found - 1;
}
