/* Where rows go that the database cannot take: a new file of plain SQL beside it, or in $TMPDIR
 * where that folder cannot be written either. `sqlite3 FILE < RESCUE` puts them back. */
#ifndef BENCH_STORE_RESCUE_H
#define BENCH_STORE_RESCUE_H

#include "store/store.h"

struct rescue;
/* Costs nothing until the first row. */
struct rescue *rescue_new(const char *database_path, int64_t run);
void rescue_free(struct rescue *rescue);
struct rescue_row { /* borrowed */
	const char *name;
	const struct store_value *values;
	size_t count;
};
/* Statements of db/statements with their values written out, in one file and in this order: one may
 * lean on the one before. `reason` is told in the first line of the file. False when they could be
 * written nowhere: these rows are lost, and counted. */
bool rescue_add(
	struct rescue *rescue, const struct rescue_row *rows, size_t count, const char *reason);
/* Statements lost so far. */
size_t rescue_lost(const struct rescue *rescue);
/* The files that hold the others, by number from 0; NULL behind the last one. */
const char *rescue_place(const struct rescue *rescue, size_t number);

#endif
