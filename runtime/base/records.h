/* The records of a file, found again by their number, while the file stays on disk: lines, the
 * records of a CSV file (a line end within quotes ends none) or the elements of one JSON list. Only
 * LF ends a line, and lines are counted as an editor counts them; a BOM belongs to the file, what
 * CRs stand before the LF to the line end. What is blank is no record. */
#ifndef BENCH_BASE_RECORDS_H
#define BENCH_BASE_RECORDS_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

struct records;

enum records_form {
	RECORDS_LINES,
	RECORDS_QUOTED, /* CSV */
	RECORDS_JSON,   /* one list where the first character is [, else lines */
};

#define RECORDS_LIMIT ((size_t)64 << 20) /* bytes of one record */

/* Takes the descriptor, also where it fails (NULL): of text that is not UTF-8 by its BOM. */
struct records *records_open(int descriptor, enum records_form form, struct error *error);
void records_close(struct records *records);

enum records_result { RECORDS_FOUND, RECORDS_END, RECORDS_FAILED };

/* Record `number`, from 1, into `text` (cleared first), and the line it begins in; a failure sets
 * the line too. One behind the other costs a read of the file; any other one 4 KB and the record
 * itself, once the records before it were read. Fails when the file changed since it was opened. */
enum records_result records_read(struct records *records, int64_t number, struct buffer *text,
	int64_t *line, struct error *error);

#endif
