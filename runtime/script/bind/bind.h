/* The few things that every Lua face shares. A face checks first, then acquires, then acts, then
 * pushes: what is acquired is owned by a userdata at once, since any push may raise. */
#ifndef BENCH_SCRIPT_BIND_BIND_H
#define BENCH_SCRIPT_BIND_BIND_H

#include "base/buffer.h"
#include "base/error.h"

#include <lauxlib.h>
#include <lua.h>

#include <stdbool.h>
#include <stdint.h>

struct host;
struct columns;
struct store;
struct store_value;
struct extract_plan;
struct request;
struct signal;

/* Each pushes its module. */
int bind_clock(lua_State *L);
int bind_embedded(lua_State *L);
int bind_extract(lua_State *L);
int bind_http(lua_State *L);
int bind_json(lua_State *L);
int bind_limit(lua_State *L);
int bind_machine(lua_State *L);
int bind_options(lua_State *L);
int bind_output(lua_State *L);
int bind_quantile(lua_State *L);
int bind_random(lua_State *L);
int bind_record(lua_State *L);
int bind_records(lua_State *L);
int bind_secret(lua_State *L);
int bind_series(lua_State *L);
int bind_sheet(lua_State *L);
int bind_signal(lua_State *L);
int bind_sim(lua_State *L);
int bind_source(lua_State *L);
int bind_stats(lua_State *L);
int bind_store(lua_State *L);
int bind_task(lua_State *L);
int bind_text(lua_State *L);
int bind_worker(lua_State *L);

/* What these opened, when the host goes. */
void bind_sim_free(struct host *host);
void bind_store_free(struct host *host);
void bind_worker_free(struct host *host);

/* nil, message */
int bind_failure(lua_State *L, const char *message);
/* Raises an error that names the line of the script, not one of lib/. */
int bind_misuse(lua_State *L, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* NaN as nil. */
void bind_push_number(lua_State *L, double number);
/* Nanoseconds as seconds; EXCHANGE_NONE as nil. */
void bind_push_seconds(lua_State *L, int64_t ns);
/* A count; EXCHANGE_NONE as nil. */
void bind_push_count(lua_State *L, int64_t count);
/* Seconds, 0 or more and finite, as nanoseconds (saturated); `what` names it in the error. */
int64_t bind_check_seconds(lua_State *L, int index, const char *what);
/* Fields of the table at an index. */
const char *bind_text_field(lua_State *L, int table, const char *name); /* borrowed; NULL: none */
int64_t bind_seconds_field(lua_State *L, int table, const char *name);  /* EXCHANGE_NONE: none */
int64_t bind_integer_field(lua_State *L, int table, const char *name, int64_t otherwise);
bool bind_flag_field(lua_State *L, int table, const char *name); /* there, and not false */
/* By which a function that takes one thing after another says that it has enough: nil says
 * nothing. */
bool bind_is_false(lua_State *L, int index);
/* The list of numbers at index as an array that this pushes; *count gets its length. */
double *bind_check_numbers(lua_State *L, int index, size_t *count);
/* A buffer on the heap, freed with the Lua value that this pushes, whatever is raised. */
struct buffer *bind_push_buffer(lua_State *L, size_t limit);
/* Pushes what is in it as a text, and frees it: the collector, which sees a pointer, would let it
 * lie. Returns 1. */
int bind_give_buffer(lua_State *L, struct buffer *buffer);
/* A new userdata of this size, zeroed, with two user values and the metatable `name`. On first use
 * `methods` fill it: those called "__..." are its metamethods, the others the table of its methods,
 * which is the metamethods' upvalue. */
void *bind_push_object(lua_State *L, size_t size, const char *name, const luaL_Reg *methods);

/* The database of this state; raises an error where none is open. */
struct store *bind_store_of(lua_State *L);
/* bind/store_runs.c, bind/store_text.c: add their functions to the table on top, core.store. */
void bind_store_runs(lua_State *L);
void bind_store_text(lua_State *L);
#define BIND_PARAMETERS 32 /* of a query, at most */
/* What is in the list at index 2, which stays on the stack; -> how many. */
size_t bind_check_listed_values(lua_State *L, struct store_value *values);

/* The owner of columns, to be filled by the caller; and, over such an owner on top of the stack,
 * all its rows as one object. */
struct columns **bind_push_columns(lua_State *L);
void bind_push_rows(lua_State *L);

/* The words of enum sheet_form, for luaL_checkoption. */
extern const char *const bind_sheet_forms[];

/* The value at index for the database: nil, boolean, number or text. Borrowed from the stack. */
struct store_value bind_check_value(lua_State *L, int index);

/* JSON text to a Lua value on top of the stack; false pushes nothing. unique: a key that stands
 * twice in one object is refused. The message says what is wrong. */
bool bind_json_decode(lua_State *L, const char *text, size_t size, bool unique, char *message,
	size_t message_size);
/* Whether the value has the metatable core.json.array_mt. */
bool bind_json_is_array(lua_State *L, int index);
/* bind/json_write.c: core.json's string, encode and fill_first. */
int bind_json_string(lua_State *L);
int bind_json_encode(lua_State *L);
int bind_json_fill_first(lua_State *L);

/* What core.extract.compile made, shared: it lives until the last has released it. */
struct bind_plan {
	struct extract_plan *plan;
	char *done_text;      /* NULL: the stream has no end in its band */
	char **failed_finish; /* NULL-terminated */
	int references;
};
struct bind_plan *bind_check_plan(lua_State *L, int index);
void bind_plan_release(struct bind_plan *plan);

/* The text behind a handle of core.secret, or NULL when the value is something else. */
const char *bind_secret_text(lua_State *L, int index);

/* One more number in the series of core.series at index. */
void bind_series_add(lua_State *L, int index, double value);

/* A signal of core.signal; sets it, and its next wait says that a task ended in an error. */
struct signal *bind_check_signal(lua_State *L, int index);
void bind_signal_fail(struct signal *signal);

/* bind/exchange.c: pushes the userdata of an exchange, without a request yet if NULL; its user
 * value is the context of its spec. */
#define BIND_EXCHANGE_CONTEXT 1
void bind_push_exchange(lua_State *L, struct request *request);
/* The userdata at index owns the request from now on; NULL leaves it without its own. */
void bind_adopt_exchange(lua_State *L, int index, struct request *request);
/* Raises an error where it has none, or where it runs. */
struct request *bind_check_exchange(lua_State *L, int index);

#endif
