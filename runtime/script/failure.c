#include "script/failure.h"

#include "base/units.h"
#include "script/state.h"

#include <lauxlib.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FRAMES_SHOWN 12
#define ENDLESS 10000 /* calls within each other: no script means so many */

static bool is_script(const lua_Debug *frame)
{
	return frame->currentline > 0 &&
	       strncmp(frame->source, FAILURE_OUR_CHUNK, strlen(FAILURE_OUR_CHUNK)) != 0;
}

static bool find_place(lua_State *L, int level, char *out, size_t size)
{
	lua_Debug frame;
	out[0] = '\0';
	if (lua_getstack(L, level, &frame) == 0 || lua_getinfo(L, "Sl", &frame) == 0 ||
		!is_script(&frame))
		return false;
	snprintf(out, size, "%s:%d: ", frame.short_src, frame.currentline);
	return true;
}

void failure_where(lua_State *L, char *out, size_t size)
{
	lua_Debug frame;
	out[0] = '\0';
	for (int level = 0; lua_getstack(L, level, &frame) != 0; level++)
		if (find_place(L, level, out, size))
			return;
}

int failure_of_script(lua_State *L)
{
	lua_Integer level = luaL_optinteger(L, 2, 1);
	char place[256];
	lua_settop(L, 1);
	if (lua_type(L, 1) != LUA_TSTRING || level <= 0)
		return lua_error(L);
	if (level > INT_MAX || !find_place(L, (int)level, place, sizeof place))
		failure_where(L, place, sizeof place);
	lua_pushstring(L, place);
	lua_insert(L, 1);
	lua_concat(L, 2);
	return lua_error(L);
}

/* Appends as much as there is room for. */
static void append(struct error *error, const char *text)
{
	size_t size = strlen(error->message);
	size_t room = sizeof error->message - 1 - size;
	size_t more = strlen(text);
	if (more > room)
		return;
	memcpy(error->message + size, text, more + 1);
}

static void append_frame(struct error *error, const lua_Debug *frame)
{
	char line[256];
	if (*frame->what == 'm')
		snprintf(line, sizeof line, "\n  in the main chunk (%s:%d)", frame->short_src,
			frame->currentline);
	else if (frame->name != NULL)
		snprintf(line, sizeof line, "\n  in function '%s' (%s:%d)", frame->name,
			frame->short_src, frame->currentline);
	else
		snprintf(line, sizeof line, "\n  in a function (%s:%d)", frame->short_src,
			frame->currentline);
	append(error, line);
}

/* One frame that is the main chunk says nothing that the message does not; has_frames: there are
 * others above it. */
static void append_trace(lua_State *L, struct error *error, bool has_frames)
{
	lua_Debug frame;
	int shown = has_frames ? 1 : 0;
	for (int level = 0; lua_getstack(L, level, &frame) != 0; level++) {
		lua_getinfo(L, "Slnt", &frame);
		if (!is_script(&frame) || (shown == 0 && *frame.what == 'm'))
			continue;
		if (shown++ == FRAMES_SHOWN) {
			append(error, "\n  ...");
			return;
		}
		append_frame(error, &frame);
	}
}

static void set_text(lua_State *L, int index, enum error_code code, struct error *error)
{
	size_t size;
	const char *text = lua_tolstring(L, index, &size);
	error_set_text(error, code, text, size);
}

/* Two failures have one text, and another text may have come to lie where one was. */
static bool is_caught(lua_State *L)
{
	const struct caught *caught = &host_of(L)->caught;
	size_t size;
	if (lua_type(L, -1) != LUA_TSTRING || lua_topointer(L, -1) != caught->value)
		return false;
	const char *text = lua_tolstring(L, -1, &size);
	return size == caught->text_size && memcmp(text, caught->error.message, size) == 0;
}

int failure_catch(lua_State *L)
{
	struct caught *caught = &host_of(L)->caught;
	if (caught->held || lua_type(L, -1) != LUA_TSTRING)
		return 1;
	bool goes_on = caught->rising && is_caught(L);
	if (!goes_on) {
		caught->value = lua_topointer(L, -1);
		set_text(L, -1, ERROR_SCRIPT, &caught->error);
		caught->text_size = strlen(caught->error.message);
	}
	append_trace(L, &caught->error, goes_on);
	caught->held = true;
	caught->rising = false;
	return 1;
}

void failure_attempt(lua_State *L)
{
	host_of(L)->caught.rising = false;
}

void failure_pass_on(lua_State *L, const char *whose)
{
	struct caught *caught = &host_of(L)->caught;
	if (!caught->held || !is_caught(L))
		return;
	caught->held = false;
	caught->rising = true;
	if (whose != NULL) {
		append(&caught->error, "\n  ");
		append(&caught->error, whose);
	}
}

/* A failure that its thrower tells apart is a table with the text in a field of this name: wrong
 * usage, nobody to ask (lib/), the database (core.store). */
static bool push_field(lua_State *L, const char *name)
{
	lua_pushstring(L, name);
	if (lua_rawget(L, 1) == LUA_TSTRING)
		return true;
	lua_pop(L, 1);
	return false;
}

static int store_to_string(lua_State *L)
{
	lua_getfield(L, 1, "store");
	return 1;
}

int failure_raise(lua_State *L, const struct error *error)
{
	lua_pushstring(L, error->message);
	if (error->code != ERROR_STORE)
		return lua_error(L);
	lua_createtable(L, 0, 1);
	lua_insert(L, -2);
	lua_setfield(L, -2, "store");
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, store_to_string);
	lua_setfield(L, -2, "__tostring");
	lua_setmetatable(L, -2);
	return lua_error(L);
}

/* -> text, the code of the error */
static int to_text(lua_State *L)
{
	if (lua_istable(L, 1) && push_field(L, "usage")) {
		lua_pushinteger(L, ERROR_USAGE);
		return 2;
	}
	if (lua_istable(L, 1) && push_field(L, "unreached")) {
		lua_pushinteger(L, ERROR_UNREACHED);
		return 2;
	}
	if (lua_istable(L, 1) && push_field(L, "store")) {
		lua_pushinteger(L, ERROR_STORE);
		return 2;
	}
	if (lua_isnumber(L, 1) || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL)
		luaL_tolstring(L, 1, NULL);
	else
		lua_pushfstring(L, "an error without a text (%s)", luaL_typename(L, 1));
	lua_pushinteger(L, ERROR_SCRIPT);
	return 2;
}

/* Objects: their __tostring runs, protected, on the main state, since L may be dead. */
static void set_object(lua_State *L, struct error *error)
{
	lua_State *main_state = host_state(host_of(L));
	error_set(error, ERROR_SCRIPT, "an error without a text");
	if (!lua_checkstack(L, 1) || !lua_checkstack(main_state, 4))
		return;
	int top = lua_gettop(main_state);
	lua_pushvalue(L, -1);
	if (L != main_state)
		lua_xmove(L, main_state, 1);
	lua_pushcfunction(main_state, to_text);
	lua_insert(main_state, -2);
	if (lua_pcall(main_state, 1, 2, 0) == LUA_OK && lua_isstring(main_state, -2))
		set_text(main_state, -2, (enum error_code)lua_tointeger(main_state, -1), error);
	lua_settop(main_state, top);
}

bool failure_names_place(const char *message)
{
	size_t name = strcspn(message, ":\n");
	size_t digits = message[name] == ':' ? strspn(message + name + 1, "0123456789") : 0;
	return digits > 0 && message[name + 1 + digits] == ':';
}

static void add_place(lua_State *L, struct error *error)
{
	const struct error placeless = *error;
	char place[256];
	failure_where(L, place, sizeof place);
	error_set(error, placeless.code, "%s%s", place, placeless.message);
}

static void set_expired(const struct limit *limit, struct error *error)
{
	char span[32];
	units_format_duration(limit->time_limit_ns, span, sizeof span);
	error_set(error, ERROR_LIMIT, "%s%s%s for %s%s (--script-time sets the limit)",
		limit->expired_at, limit->expired_at[0] != '\0' ? ": " : "the script ",
		limit->was_last ? "went on" : "ran", span,
		limit->was_last
			? " after its end, when no wait waits and no ask asks any more, and was"
			  " stopped: let it return where a reply is not ok or bench.sleep gives"
			  " false"
			: " without waiting for anything, and was stopped");
}

/* How many calls stand within each other: asked of Lua in doubling steps, then by halves. */
static int depth_of(lua_State *L)
{
	lua_Debug frame;
	int there = 0, beyond = 1;
	while (lua_getstack(L, beyond, &frame) != 0) {
		there = beyond;
		beyond *= 2;
	}
	while (beyond - there > 1) {
		int middle = there + (beyond - there) / 2;
		if (lua_getstack(L, middle, &frame) != 0)
			there = middle;
		else
			beyond = middle;
	}
	return there + 1;
}

static void set_memory(lua_State *L, const struct limit *limit, struct error *error)
{
	char depth[80] = "";
	int calls = depth_of(L);
	if (calls >= ENDLESS)
		snprintf(depth, sizeof depth,
			"; %d calls stand within each other: an endless recursion?", calls);
	if (limit->system_refused)
		error_set(error, ERROR_SYSTEM, FAILURE_NO_MEMORY "%s", depth);
	else
		error_set(error, ERROR_LIMIT,
			"not enough memory: the script may use %" PRIu64
			" MB (--script-memory sets the limit)%s",
			(limit->memory_limit + limit->memory_extra) / 1000000, depth);
}

void failure_describe(lua_State *L, int status, struct error *error)
{
	struct limit *limit = &host_of(L)->limit;
	const struct caught *caught = &host_of(L)->caught;
	bool goes_on = caught->rising && is_caught(L);
	if (limit_is_raised(L, -1) || limit->expired)
		set_expired(limit, error);
	else if (status == LUA_ERRMEM)
		set_memory(L, limit, error);
	else if (goes_on)
		error_set(error, ERROR_SCRIPT, "%s", caught->error.message);
	else if (lua_type(L, -1) == LUA_TSTRING)
		set_text(L, -1, ERROR_SCRIPT, error);
	else
		set_object(L, error);
	if (error->code == ERROR_USAGE || error->code == ERROR_UNREACHED)
		return;
	if (status == LUA_ERRMEM ||
		(error->code == ERROR_SCRIPT && !goes_on && !failure_names_place(error->message)))
		add_place(L, error);
	append_trace(L, error, goes_on);
}

static int describe_and_hand_on(lua_State *L)
{
	failure_describe(L, LUA_ERRRUN, &host_of(L)->failure);
	return 1;
}

bool failure_protect(lua_State *L, lua_CFunction function, void *argument)
{
	int top = lua_gettop(L);
	lua_pushcfunction(L, describe_and_hand_on);
	lua_pushcfunction(L, function);
	lua_pushlightuserdata(L, argument);
	int status = lua_pcall(L, 1, 0, top + 1);
	if (status != LUA_OK && status != LUA_ERRRUN)
		failure_describe(L, status, &host_of(L)->failure);
	lua_settop(L, top);
	return status == LUA_OK;
}

static int raise_again(lua_State *L)
{
	return lua_error(L);
}

void failure_in_words(lua_State *L, struct error *error)
{
	struct caught *caught = &host_of(L)->caught;
	bool was_rising = caught->rising;
	caught->rising = caught->held;
	lua_pushcfunction(L, raise_again);
	lua_pushvalue(L, -2);
	failure_describe(L, lua_pcall(L, 1, 0, 0), error);
	lua_pop(L, 1);
	caught->rising = was_rising;
}

void failure_remember(lua_State *L, const char *words)
{
	struct caught *caught = &host_of(L)->caught;
	caught->value = lua_topointer(L, -1);
	caught->text_size = lua_rawlen(L, -1);
	error_set(&caught->error, ERROR_SCRIPT, "%s", words);
	caught->held = true;
	caught->rising = false;
}
