/* What names a secret, in whatever case and with whatever between its words: the one list, for the
 * command line, addresses, headers, options, bodies and what other tools were told. */
#ifndef BENCH_BASE_SECRET_NAMES_H
#define BENCH_BASE_SECRET_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Of a flag, a header, an option: api_key, X-Auth-Token, AppSecret, but not max_tokens. */
bool secret_is_name(const char *name, size_t size);
/* Among data, where a key or a token may be a word like any other: api_key, but not eos_token. */
bool secret_is_field(const char *name, size_t size);
/* In the query of an address, where the name may be escaped. */
bool secret_is_query_name(const char *name, size_t size);

#endif
