/* Numbers as text: the shortest one that reads back as the same number. */
#ifndef BENCH_BASE_DECIMAL_H
#define BENCH_BASE_DECIMAL_H

#include <stdint.h>

#define DECIMAL_SIZE 32 /* the longest text and its NUL */

/* Writes a whole number in front of `at`; returns where it begins. */
char *decimal_before(char *at, uint64_t value);
/* The first of 15, 16, 17 digits that reads back the same, as printf's %g writes them. Finite. */
void decimal_shortest(double value, char out[DECIMAL_SIZE]);

#endif
