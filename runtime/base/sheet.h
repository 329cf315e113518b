/* Rows as text for other programs: lines of CSV, or objects of JSON. */
#ifndef BENCH_BASE_SHEET_H
#define BENCH_BASE_SHEET_H

#include "base/buffer.h"
#include "base/decimal.h"

#include <stdint.h>

enum sheet_form { SHEET_CSV, SHEET_JSON };

/* A number as any program reads it: whole ones without an exponent. False for NaN and infinities,
 * which are written as what does not exist. */
bool sheet_number(double value, char out[DECIMAL_SIZE]);

/* What stands before the cell number `index` (from 0) of a row: its name in JSON. */
void sheet_begin_cell(struct buffer *out, enum sheet_form form, size_t index, const char *name);
void sheet_add_nothing(struct buffer *out, enum sheet_form form); /* null */
void sheet_add_integer(struct buffer *out, int64_t value);
void sheet_add_number(struct buffer *out, enum sheet_form form, double value);
/* In CSV no spreadsheet takes it for a formula; what is ill-formed becomes U+FFFD. */
void sheet_add_text(struct buffer *out, enum sheet_form form, const char *text, size_t size);
/* Behind the last cell, without the end of the line. */
void sheet_end_row(struct buffer *out, enum sheet_form form, size_t cells);

#endif
