/* The numbers of an exchange as the views of the database name them. */
#ifndef BENCH_SCRIPT_BIND_EXCHANGE_COLUMNS_H
#define BENCH_SCRIPT_BIND_EXCHANGE_COLUMNS_H

#include "net/exchange.h"

#include <lua.h>

/* Pushes the list of their names. */
void exchange_push_columns(lua_State *L);
/* NaN where it does not exist, or has no such name. */
double exchange_column(const struct exchange *exchange, const char *name);
/* The list of series at index has the order of the names, holes allowed: adds to each
 * what exists. */
void exchange_add_columns(lua_State *L, int index, const struct exchange *exchange);

#endif
