/* lib/, db/ and scripts/ as bytes inside the program, by their path in the source tree; lib/ is
 * compiled (script/embed.c). */
#ifndef BENCH_EMBEDDED_H
#define BENCH_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *path; /* "lib/bench/json.lua" */
	const char *data; /* NUL-terminated */
	size_t size;
};

extern const struct embedded_file embedded_files[]; /* sorted by path, ends with a NULL path */
extern const size_t embedded_count;                 /* without that end */

/* NULL when there is none. With $BENCH_LIB set the file is read from that source tree (once). */
const struct embedded_file *embedded_find(const char *path);

#endif
