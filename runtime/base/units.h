/* "800ms" and "64MB" to numbers and back. A duration needs a unit (ns, us, µs, ms, s, m, h, d);
 * decimals and compounds ("1m30s", "1.5s") work; no sign. Bytes: B, KB, MB, GB (powers of 1000),
 * KiB, MiB, GiB. */
#ifndef BENCH_BASE_UNITS_H
#define BENCH_BASE_UNITS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

bool units_parse_duration(const char *text, int64_t *ns, struct error *error);
bool units_parse_bytes(const char *text, int64_t *bytes, struct error *error);
/* "1.9 s", "41 ms": at most three significant digits, but that hours are whole beyond 1000. */
void units_format_duration(int64_t ns, char *out, size_t size);

#endif
