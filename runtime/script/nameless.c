/* Reads the parts of functions in the order in which Lua's ldump.c writes them. */
#include "script/nameless.h"

#include <lauxlib.h>

#include <string.h>

#define INSTRUCTION_SIZE 4
#define NUMBER_SIZE 8 /* of integers and floats */
#define TYPE_BITS 0x0f
#define LAST_BYTE 0x80

/* Version, format, what a wrong transfer would change, sizes; behind it stand one integer, one
 * float and how many upvalues the main function has. */
static const char head[] = LUA_SIGNATURE "\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
#define HEAD_SIZE (sizeof head - 1 + 2 * NUMBER_SIZE + 1)

struct reader {
	const char *from; /* of what is not in `kept` yet */
	const char *at;
	luaL_Buffer kept;
};

static unsigned read_byte(struct reader *reader)
{
	return (unsigned char)*reader->at++;
}

/* Seven bits a byte, the highest ones first. */
static size_t read_number(struct reader *reader)
{
	size_t number = 0;
	unsigned byte = 0;
	while (byte < LAST_BYTE) {
		byte = read_byte(reader);
		number = number << 7 | (byte & (LAST_BYTE - 1));
	}
	return number;
}

static void skip_array(struct reader *reader, size_t element_size)
{
	size_t count = read_number(reader);
	reader->at += count * element_size;
}

static void skip_string(struct reader *reader)
{
	size_t size = read_number(reader); /* and one; 0 is no string */
	reader->at += size > 0 ? size - 1 : 0;
}

static void skip_constant(struct reader *reader)
{
	unsigned type = read_byte(reader) & TYPE_BITS;
	if (type == LUA_TNUMBER)
		reader->at += NUMBER_SIZE;
	else if (type == LUA_TSTRING)
		skip_string(reader);
}

static void leave_out_names(struct reader *reader)
{
	static const char none[] = {(char)LAST_BYTE, (char)LAST_BYTE};
	luaL_addlstring(&reader->kept, reader->from, (size_t)(reader->at - reader->from));
	luaL_addlstring(&reader->kept, none, sizeof none);
	for (size_t locals = read_number(reader); locals > 0; locals--) {
		skip_string(reader);
		read_number(reader); /* the first instruction that knows it */
		read_number(reader); /* the last one */
	}
	for (size_t upvalues = read_number(reader); upvalues > 0; upvalues--)
		skip_string(reader);
	reader->from = reader->at;
}

static void read_function(struct reader *reader)
{
	skip_string(reader); /* source */
	read_number(reader); /* first line */
	read_number(reader); /* last line */
	reader->at += 3;     /* parameters, whether more, registers */
	skip_array(reader, INSTRUCTION_SIZE);
	for (size_t constants = read_number(reader); constants > 0; constants--)
		skip_constant(reader);
	skip_array(reader, 3); /* upvalues */
	for (size_t functions = read_number(reader); functions > 0; functions--)
		read_function(reader);
	skip_array(reader, 1); /* lines of instructions, each from the one before */
	for (size_t numbers = 2 * read_number(reader); numbers > 0; numbers--)
		read_number(reader); /* some absolute ones */
	leave_out_names(reader);
}

bool nameless_push(lua_State *L)
{
	struct reader reader;
	reader.from = lua_tostring(L, -1);
	if (memcmp(reader.from, head, sizeof head - 1) != 0)
		return false;
	reader.at = reader.from + HEAD_SIZE;
	luaL_buffinit(L, &reader.kept);
	read_function(&reader);
	luaL_pushresult(&reader.kept);
	return true;
}
