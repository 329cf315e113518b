/* core.store: SQL for the commands; store_runs.c has what is done with whole runs, store_text.c
 * what is read as text. Rows are made in protected calls, so that no error of Lua jumps through
 * sqlite's frames. */
#include "store/store.h"

#include "base/columns.h"
#include "base/input.h"
#include "script/bind/bind.h"
#include "script/failure.h"
#include "script/state.h"

struct store *bind_store_of(lua_State *L)
{
	const struct host *host = host_of(L);
	struct store *store = host->own_store != NULL ? host->own_store : host->settings.store;
	if (store == NULL)
		luaL_error(L, "no database is open here");
	return store;
}

static void push_value(lua_State *L, const struct store_value *value)
{
	switch (value->type) {
	case STORE_INTEGER:
		lua_pushinteger(L, value->integer);
		break;
	case STORE_REAL:
		lua_pushnumber(L, value->real);
		break;
	case STORE_TEXT:
		lua_pushlstring(L, value->text, value->size);
		break;
	case STORE_NULL:
		lua_pushnil(L);
		break;
	}
}

struct query {
	lua_State *L;
	lua_CFunction take; /* (query) -> whether to go on */
	int target;         /* the stack index of rows or of a function, the second argument */
	const struct store_row *row; /* on its way through the protected call */
	size_t rows;
	bool failed; /* the error is on top of L */
};

static bool call_with(struct query *query, lua_CFunction take, const struct store_row *row)
{
	lua_State *L = query->L;
	query->row = row;
	lua_pushcfunction(L, take);
	lua_pushlightuserdata(L, query);
	lua_pushvalue(L, query->target);
	if (lua_pcall(L, 2, 1, 0) != LUA_OK) {
		query->failed = true;
		return false;
	}
	bool more = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return more;
}

static bool take_row(void *context, const struct store_row *row)
{
	struct query *query = context;
	query->rows++;
	return call_with(query, query->take, row);
}

static void push_row(lua_State *L, const struct store_row *row)
{
	lua_createtable(L, 0, (int)row->count);
	for (size_t i = 0; i < row->count; i++) {
		push_value(L, &row->values[i]);
		lua_setfield(L, -2, row->columns[i]);
	}
}

static int append_row(lua_State *L)
{
	const struct query *query = lua_touserdata(L, 1);
	push_row(L, query->row);
	lua_rawseti(L, 2, (lua_Integer)query->rows);
	lua_pushboolean(L, true);
	return 1;
}

/* The target is { function, columns = names }. */
static int call_with_row(lua_State *L)
{
	const struct query *query = lua_touserdata(L, 1);
	lua_rawgeti(L, 2, 1);
	push_row(L, query->row);
	lua_getfield(L, 2, "columns");
	lua_call(L, 2, 1);
	lua_pushboolean(L, !bind_is_false(L, -1));
	return 1;
}

static int set_columns(lua_State *L)
{
	const struct query *query = lua_touserdata(L, 1);
	const struct store_row *row = query->row;
	lua_createtable(L, (int)row->count, 0);
	for (size_t i = 0; i < row->count; i++) {
		lua_pushstring(L, row->columns[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, 2, "columns");
	lua_pushboolean(L, true);
	return 1;
}

static bool take_columns(void *context, const struct store_row *row)
{
	return call_with(context, set_columns, row);
}

static void run_query(
	lua_State *L, const char *sql, struct store_question question, struct query *query)
{
	struct error error = {.code = ERROR_NONE};
	question.row = take_row;
	question.context = query;
	bool ok = store_query(bind_store_of(L), sql, &question, &error);
	if (query->failed)
		lua_error(L);
	if (!ok)
		failure_raise(L, &error);
}

/* What stands behind the first argument; -> how many. */
static size_t check_values(lua_State *L, struct store_value *values)
{
	int count = lua_gettop(L) - 1;
	luaL_argcheck(L, count <= BIND_PARAMETERS, 2, "too many parameters");
	for (int i = 0; i < count; i++)
		values[i] = bind_check_value(L, i + 2);
	return (size_t)count;
}

/* (sql, parameters...) -> rows */
static int l_query(lua_State *L)
{
	const char *sql = luaL_checkstring(L, 1);
	struct store_value values[BIND_PARAMETERS];
	size_t count = check_values(L, values);
	lua_newtable(L);
	lua_newtable(L);
	lua_setfield(L, -2, "columns"); /* where there is no statement in it */
	struct query query = {.L = L, .take = append_row, .target = lua_gettop(L)};
	const struct store_question question = {
		.values = values, .count = count, .columns = take_columns};
	run_query(L, sql, question, &query);
	return 1;
}

struct table {
	struct columns **columns;
	bool mixed; /* a column holds numbers and words */
};

static bool name_columns(void *context, const struct store_row *row)
{
	struct table *table = context;
	*table->columns = columns_new(row->count, row->columns);
	return true;
}

static bool keep_value(struct columns *columns, size_t column, const struct store_value *value)
{
	switch (value->type) {
	case STORE_INTEGER:
		return columns_set_number(columns, column, (double)value->integer);
	case STORE_REAL:
		return columns_set_number(columns, column, value->real);
	case STORE_TEXT:
		return columns_set_word(columns, column, value->text, value->size);
	case STORE_NULL:
		break;
	}
	return true;
}

/* Without a call of Lua: a row costs no more than its values. */
static bool keep_row(void *context, const struct store_row *row)
{
	struct table *table = context;
	columns_add_row(*table->columns);
	for (size_t i = 0; i < row->count && !table->mixed; i++)
		table->mixed = !keep_value(*table->columns, i, &row->values[i]);
	return !table->mixed;
}

/* (sql, parameters...) -> rows, kept by columns */
static int l_columns(lua_State *L)
{
	const char *sql = luaL_checkstring(L, 1);
	struct store_value values[BIND_PARAMETERS];
	size_t count = check_values(L, values);
	struct error error;
	struct table table = {.columns = bind_push_columns(L)};
	const struct store_question question = {.values = values,
		.count = count,
		.columns = name_columns,
		.row = keep_row,
		.context = &table};
	if (!store_query(bind_store_of(L), sql, &question, &error))
		return failure_raise(L, &error);
	luaL_argcheck(L, *table.columns != NULL, 1, "has no statement in it");
	if (table.mixed)
		return luaL_error(L, "a column holds numbers and words");
	bind_push_rows(L);
	return 1;
}

size_t bind_check_listed_values(lua_State *L, struct store_value *values)
{
	luaL_checktype(L, 2, LUA_TTABLE);
	int count = (int)lua_rawlen(L, 2);
	luaL_argcheck(L, count <= BIND_PARAMETERS, 2, "too many parameters");
	luaL_checkstack(L, count + 8, NULL);
	for (int i = 0; i < count; i++) {
		lua_rawgeti(L, 2, i + 1);
		values[i] = bind_check_value(L, -1);
	}
	return (size_t)count;
}

/* (sql, parameters, function(row, columns)) -> columns; false from the function ends it */
static int l_each(lua_State *L)
{
	const char *sql = luaL_checkstring(L, 1);
	luaL_checktype(L, 3, LUA_TFUNCTION);
	lua_settop(L, 3);
	lua_createtable(L, 1, 1);
	lua_insert(L, 3);
	lua_rawseti(L, 3, 1);
	lua_newtable(L);
	lua_setfield(L, 3, "columns"); /* where there is no statement in it */
	struct store_value values[BIND_PARAMETERS];
	size_t count = bind_check_listed_values(L, values);
	struct query query = {.L = L, .take = call_with_row, .target = 3};
	const struct store_question question = {
		.values = values, .count = count, .columns = take_columns};
	run_query(L, sql, question, &query);
	lua_getfield(L, 3, "columns");
	return 1;
}

/* (statement, ?1, ...): db/statements/STATEMENT.sql, in a file that is open for writing */
static int l_write(lua_State *L)
{
	struct error error;
	const char *statement = luaL_checkstring(L, 1);
	struct store_value values[BIND_PARAMETERS];
	size_t count = check_values(L, values);
	if (!store_run(bind_store_of(L), statement, values, count, &error))
		return failure_raise(L, &error);
	return 0;
}

static int l_path(lua_State *L)
{
	lua_pushstring(L, store_path(bind_store_of(L)));
	return 1;
}

static int l_is_at(lua_State *L)
{
	lua_pushboolean(L, input_is_same(store_path(bind_store_of(L)), luaL_checkstring(L, 1)));
	return 1;
}

/* ([path]): from now on this state reads and writes that file, without a path the one that it read
 * until now. */
static int l_open_write(lua_State *L)
{
	struct host *host = host_of(L);
	struct error error;
	const char *path = luaL_optstring(L, 1, NULL);
	if (host->own_store == NULL) {
		const char *own = path != NULL ? path : store_path(bind_store_of(L));
		host->own_store = store_open(own, STORE_WRITE, &error);
		if (host->own_store == NULL)
			return bind_failure(L, error.message);
	} else if (path != NULL) {
		return luaL_error(L, "a file is open for writing already");
	}
	lua_pushboolean(L, true);
	return 1;
}

/* (function, ...) -> its results. All that it writes is kept, or, when it raises, nothing. */
static int l_transaction(lua_State *L)
{
	struct error error;
	struct store *store = bind_store_of(L);
	luaL_checktype(L, 1, LUA_TFUNCTION);
	if (!store_begin(store, &error))
		return failure_raise(L, &error);
	if (lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0) != LUA_OK) {
		store_rollback(store);
		return lua_error(L);
	}
	if (!store_end(store, true, &error))
		return failure_raise(L, &error);
	return lua_gettop(L);
}

static int l_last_id(lua_State *L)
{
	lua_pushinteger(L, store_last_id(bind_store_of(L)));
	return 1;
}

void bind_store_free(struct host *host)
{
	store_close(host->own_store);
	host->own_store = NULL;
}

int bind_store(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"query", l_query},
		{"each", l_each},
		{"columns", l_columns},
		{"write", l_write},
		{"path", l_path},
		{"is_at", l_is_at},
		{"open_write", l_open_write},
		{"transaction", l_transaction},
		{"last_id", l_last_id},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	bind_store_runs(L);
	bind_store_text(L);
	return 1;
}
