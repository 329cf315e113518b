/* Secrets that stand in plain sight, remembered before anything is kept. */
#ifndef BENCH_CLI_SECRETS_H
#define BENCH_CLI_SECRETS_H

#include "cli/options.h"

/* The kinds of server are no secrets. Before any other thread. */
void secrets_spare_kinds(void);

/* Passwords and keys in addresses, values of flags named like a key, $OPENAI_API_KEY, what
 * --allow-env names, and bearer tokens and keys written into the script. */
void secrets_remember(const struct options *options, int argc, char **argv, const char *script);

#endif
