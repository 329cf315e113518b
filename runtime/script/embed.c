/* embed OUT ROOT MADE FILE...: a tool of the build, no part of bench. Writes OUT: the files below
 * ROOT, or what is not there below MADE, as arrays of C, sorted by path. Lua of lib/ becomes
 * bytecode of the very Lua that reads it, with the lines that a traceback names: a run is spared
 * the parsing of all that it needs. */
#include "script/failure.h"
#include "script/nameless.h"

#include <lauxlib.h>
#include <lua.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 4096

static __attribute__((noreturn)) void fail(const char *path, const char *message)
{
	fprintf(stderr, "embed: %s: %s\n", path, message);
	exit(EXIT_FAILURE);
}

static void push_file(lua_State *L, char **roots, const char *path)
{
	FILE *stream = fopen(lua_pushfstring(L, "%s/%s", roots[0], path), "rb");
	luaL_Buffer text;
	size_t size;
	if (stream == NULL)
		stream = fopen(lua_pushfstring(L, "%s/%s", roots[1], path), "rb");
	if (stream == NULL)
		fail(path, "cannot be read");
	luaL_buffinit(L, &text);
	do {
		size = fread(luaL_prepbuffsize(&text, CHUNK_SIZE), 1, CHUNK_SIZE, stream);
		luaL_addsize(&text, size);
	} while (size > 0);
	fclose(stream);
	luaL_pushresult(&text);
}

struct dump {
	bool begun; /* what a buffer puts on the stack may not stand above the function at first */
	luaL_Buffer text;
};

static int append(lua_State *L, const void *data, size_t size, void *context)
{
	struct dump *dump = context;
	if (!dump->begun)
		luaL_buffinit(L, &dump->text);
	dump->begun = true;
	luaL_addlstring(&dump->text, data, size);
	return 0;
}

/* Pushes the bytecode of the text on the top. */
static void push_compiled(lua_State *L, const char *path)
{
	struct dump dump = {.begun = false};
	size_t size;
	const char *text = lua_tolstring(L, -1, &size);
	const char *name = lua_pushfstring(L, FAILURE_OUR_CHUNK "%s", path);
	if (luaL_loadbufferx(L, text, size, name, "t") != LUA_OK)
		fail(path, lua_tostring(L, -1));
	lua_dump(L, append, &dump, 0);
	luaL_pushresult(&dump.text);
	if (!nameless_push(L))
		fail(path, "is not the bytecode of Lua 5.4");
}

static void write_array(FILE *out, int number, char **roots, const char *path)
{
	lua_State *L = luaL_newstate();
	size_t size;
	push_file(L, roots, path);
	if (strncmp(path, "lib/", strlen("lib/")) == 0)
		push_compiled(L, path);
	const char *bytes = lua_tolstring(L, -1, &size);
	fprintf(out, "static const unsigned char file_%d[] = {", number);
	for (size_t i = 0; i < size; i++)
		fprintf(out, "%u,", (unsigned char)bytes[i]);
	fprintf(out, "0};\n");
	lua_close(L);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	if (argc < 5)
		fail("embed", "OUT ROOT MADE FILE...");
	FILE *out = fopen(argv[1], "wb");
	if (out == NULL)
		fail(argv[1], "cannot be written");
	qsort(argv + 4, (size_t)argc - 4, sizeof *argv, compare_paths);
	fprintf(out, "#include \"embedded.h\"\n\n");
	for (int i = 4; i < argc; i++)
		write_array(out, i, argv + 2, argv[i]);
	fprintf(out, "\nconst struct embedded_file embedded_files[] = {\n");
	for (int i = 4; i < argc; i++)
		fprintf(out, "\t{\"%s\", (const char *)file_%d, sizeof file_%d - 1},\n", argv[i], i,
			i);
	fprintf(out, "\t{0, 0, 0},\n};\nconst size_t embedded_count = %d;\n", argc - 4);
	if (fclose(out) != 0)
		fail(argv[1], "cannot be written");
	return EXIT_SUCCESS;
}
