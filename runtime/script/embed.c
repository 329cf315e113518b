/* embed OUT ROOT FILE...: a tool of the build, no part of bench. Writes OUT: the files below ROOT
 * as arrays of C, sorted by path. Lua of lib/ becomes bytecode of the very Lua that reads it, with
 * the lines that a traceback names: a run is spared the parsing of all that it needs. */
#include "base/buffer.h"
#include "script/failure.h"

#include <lauxlib.h>
#include <lua.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *path, const char *message)
{
	fprintf(stderr, "embed: %s: %s\n", path, message);
	exit(EXIT_FAILURE);
}

static void read_file(const char *root, const char *path, struct buffer *text)
{
	struct buffer name;
	buffer_init(&name, BUFFER_UNLIMITED);
	buffer_format(&name, "%s/%s", root, path);
	FILE *stream = fopen(buffer_string(&name), "rb");
	if (stream == NULL)
		fail(path, "cannot be read");
	char chunk[4096];
	size_t size;
	while ((size = fread(chunk, 1, sizeof chunk, stream)) > 0)
		buffer_append(text, chunk, size);
	fclose(stream);
	buffer_free(&name);
}

static int append(lua_State *L, const void *data, size_t size, void *text)
{
	(void)L;
	buffer_append(text, data, size);
	return 0;
}

static void compile(const char *path, struct buffer *text)
{
	lua_State *L = luaL_newstate();
	lua_pushfstring(L, FAILURE_OUR_CHUNK "%s", path);
	if (luaL_loadbufferx(L, buffer_string(text), text->size, lua_tostring(L, 1), "t") != LUA_OK)
		fail(path, lua_tostring(L, -1));
	buffer_clear(text);
	lua_dump(L, append, text, 0);
	lua_close(L);
}

static void write_array(FILE *out, int number, const char *root, const char *path)
{
	struct buffer text;
	buffer_init(&text, BUFFER_UNLIMITED);
	read_file(root, path, &text);
	if (strncmp(path, "lib/", strlen("lib/")) == 0)
		compile(path, &text);
	fprintf(out, "static const unsigned char file_%d[] = {", number);
	for (size_t i = 0; i < text.size; i++)
		fprintf(out, "%u,", (unsigned char)text.data[i]);
	fprintf(out, "0};\n");
	buffer_free(&text);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		fail("embed", "OUT ROOT FILE...");
	FILE *out = fopen(argv[1], "wb");
	if (out == NULL)
		fail(argv[1], "cannot be written");
	qsort(argv + 3, (size_t)argc - 3, sizeof *argv, compare_paths);
	fprintf(out, "#include \"embedded.h\"\n\n");
	for (int i = 3; i < argc; i++)
		write_array(out, i, argv[2], argv[i]);
	fprintf(out, "\nconst struct embedded_file embedded_files[] = {\n");
	for (int i = 3; i < argc; i++)
		fprintf(out, "\t{\"%s\", (const char *)file_%d, sizeof file_%d - 1},\n", argv[i], i,
			i);
	fprintf(out, "\t{0, 0, 0},\n};\n");
	if (fclose(out) != 0)
		fail(argv[1], "cannot be written");
	return EXIT_SUCCESS;
}
