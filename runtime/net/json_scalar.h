/* One string, number or word of a JSON text: what the files of json share and nobody else sees. */
#ifndef BENCH_NET_JSON_SCALAR_H
#define BENCH_NET_JSON_SCALAR_H

#include "net/json.h"

static inline bool json_stands(const char *at, const char *end, char c)
{
	return at < end && *at == c;
}

/* Reads and checks the scalar that begins at `at`. Returns its end (of a string the quote that
 * closes it), NULL when there is none. lenient: a string may hold control characters. */
const char *json_read_scalar(
	const char *at, const char *end, bool lenient, enum json_kind *kind, bool *escaped);

/* A decimal point is a point, whatever locale a script may have set. Something that is no part of a
 * number must follow. */
double json_to_double(const char *number);

#endif
