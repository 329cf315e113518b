/* The numbers of an exchange as the views of the database name them. */
#ifndef BENCH_SCRIPT_BIND_EXCHANGE_COLUMNS_H
#define BENCH_SCRIPT_BIND_EXCHANGE_COLUMNS_H

#include <lua.h>

/* Pushes the list of their names. */
void exchange_push_columns(lua_State *L);
/* Methods of the userdata. (name) -> number, or nothing where it does not exist. */
int exchange_column(lua_State *L);
/* (list of series in the order of the names, holes allowed): adds to each what exists. */
int exchange_add_columns(lua_State *L);

#endif
