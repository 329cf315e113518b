/* The layout is that of Lua 5.4's ldump.c; the two instructions those of its lopcodes.h. */
#include "script/globals.h"

#include <limits.h>
#include <lua.h>
#include <stdint.h>
#include <string.h>

#define OP_GETTABUP 11 /* R[A] := UpValue[B][K[C]] */
#define OP_SETTABUP 15 /* UpValue[A][K[B]] := RK(C) */
#define ABSOLUTE_LINE (-128)
#define UPVALUES_AT_MOST 256

enum {
	TAG_NIL = 0x00,
	TAG_FALSE = 0x01,
	TAG_TRUE = 0x11,
	TAG_INTEGER = 0x03,
	TAG_NUMBER = 0x13,
	TAG_SHORT = 0x04,
	TAG_LONG = 0x14
};

/* Reading beyond the end leaves `broken` set and gives zeros. */
struct reader {
	const unsigned char *at, *end;
	bool broken;
	globals_fn fn;
	void *context;
};

struct chunk_string {
	const char *text; /* NULL: none */
	size_t size;
};

static const unsigned char *take(struct reader *reader, size_t size)
{
	if (reader->broken || (size_t)(reader->end - reader->at) < size) {
		reader->broken = true;
		return NULL;
	}
	const unsigned char *start = reader->at;
	reader->at += size;
	return start;
}

static unsigned take_byte(struct reader *reader)
{
	const unsigned char *byte = take(reader, 1);
	return byte != NULL ? *byte : 0;
}

/* Seven bits a byte, the highest first; the last one is marked. */
static size_t take_size(struct reader *reader)
{
	size_t size = 0;
	for (int bytes = 0; bytes < 10 && !reader->broken; bytes++) {
		unsigned byte = take_byte(reader);
		size = (size << 7) | (byte & 0x7f);
		if ((byte & 0x80) != 0)
			return size;
	}
	reader->broken = true;
	return 0;
}

static int take_int(struct reader *reader)
{
	size_t value = take_size(reader);
	if (value > INT_MAX)
		reader->broken = true;
	return reader->broken ? 0 : (int)value;
}

static struct chunk_string take_string(struct reader *reader)
{
	size_t size = take_size(reader);
	if (size == 0)
		return (struct chunk_string){NULL, 0};
	const unsigned char *text = take(reader, size - 1);
	return (struct chunk_string){(const char *)text, size - 1};
}

/* A function's parts, as places in the dump. */
struct function {
	int first_line;
	size_t instructions;
	const unsigned char *code;
	int constant_count;
	const unsigned char *constants;
	bool is_environment[UPVALUES_AT_MOST]; /* which upvalues are the chunk's _ENV */
};

static struct chunk_string skip_constant(struct reader *reader)
{
	switch (take_byte(reader)) {
	case TAG_NIL:
	case TAG_FALSE:
	case TAG_TRUE:
		break;
	case TAG_INTEGER:
		take(reader, sizeof(lua_Integer));
		break;
	case TAG_NUMBER:
		take(reader, sizeof(lua_Number));
		break;
	case TAG_SHORT:
	case TAG_LONG:
		return take_string(reader);
	default:
		reader->broken = true;
	}
	return (struct chunk_string){NULL, 0};
}

static struct chunk_string find_constant(
	const struct reader *reader, const struct function *function, unsigned index)
{
	struct reader again = {.at = function->constants, .end = reader->end};
	struct chunk_string found = {NULL, 0};
	for (unsigned i = 0; i <= index && (int)i < function->constant_count; i++)
		found = skip_constant(&again);
	return found;
}

static void read_upvalues(
	struct reader *reader, struct function *function, const struct function *outer)
{
	int count = take_int(reader);
	for (int i = 0; i < count && !reader->broken; i++) {
		unsigned in_stack = take_byte(reader);
		unsigned index = take_byte(reader);
		take_byte(reader); /* its kind */
		if (i >= UPVALUES_AT_MOST)
			continue;
		function->is_environment[i] =
			outer == NULL ? i == 0 : in_stack == 0 && outer->is_environment[index];
	}
}

static uint32_t instruction_at(const struct function *function, size_t place)
{
	uint32_t instruction;
	memcpy(&instruction, function->code + place * sizeof instruction, sizeof instruction);
	return instruction;
}

/* The name that this instruction reads or assigns as a global; NULL for any other instruction. */
static struct chunk_string used_name(const struct reader *reader, const struct function *function,
	uint32_t instruction, bool *assigned)
{
	unsigned op = instruction & 0x7f;
	unsigned a = (instruction >> 7) & 0xff;
	unsigned b = (instruction >> 16) & 0xff;
	unsigned c = instruction >> 24;
	*assigned = op == OP_SETTABUP;
	if (op == OP_GETTABUP && function->is_environment[b])
		return find_constant(reader, function, c);
	if (op == OP_SETTABUP && function->is_environment[a])
		return find_constant(reader, function, b);
	return (struct chunk_string){NULL, 0};
}

/* Lines are differences from instruction to instruction, with a few absolute ones between. */
static void report_uses(struct reader *reader, const struct function *function)
{
	size_t count = take_size(reader);
	const signed char *differences = (const signed char *)take(reader, count);
	int absolute_count = take_int(reader);
	int line = function->first_line;
	if (count != function->instructions)
		reader->broken = true;
	for (size_t place = 0; place < count && !reader->broken; place++) {
		bool assigned;
		if (differences[place] != ABSOLUTE_LINE) {
			line += differences[place];
		} else if (absolute_count-- > 0) {
			take_int(reader);
			line = take_int(reader);
		}
		struct chunk_string name =
			used_name(reader, function, instruction_at(function, place), &assigned);
		if (name.text != NULL)
			reader->fn(reader->context, name.text, name.size, line, assigned);
	}
}

static void skip_names(struct reader *reader)
{
	int locals = take_int(reader);
	for (int i = 0; i < locals && !reader->broken; i++) {
		take_string(reader);
		take_int(reader);
		take_int(reader);
	}
	int upvalues = take_int(reader);
	for (int i = 0; i < upvalues && !reader->broken; i++)
		take_string(reader);
}

static void read_function(struct reader *reader, const struct function *outer)
{
	struct function function = {0};
	take_string(reader); /* source */
	function.first_line = take_int(reader);
	take_int(reader); /* last line */
	take(reader, 3);  /* parameters, vararg, stack */
	function.instructions = take_size(reader);
	if (function.instructions > (size_t)(reader->end - reader->at) / sizeof(uint32_t))
		reader->broken = true;
	function.code = take(reader, function.instructions * sizeof(uint32_t));
	function.constant_count = take_int(reader);
	function.constants = reader->at;
	for (int i = 0; i < function.constant_count && !reader->broken; i++)
		skip_constant(reader);
	read_upvalues(reader, &function, outer);
	int inner = take_int(reader);
	for (int i = 0; i < inner && !reader->broken; i++)
		read_function(reader, &function);
	report_uses(reader, &function);
	skip_names(reader);
}

bool globals_scan(const char *dump, size_t size, globals_fn fn, void *context)
{
	static const unsigned char header[] = {0x1b, 'L', 'u', 'a', 0x54, 0, 0x19, 0x93, '\r', '\n',
		0x1a, '\n', sizeof(uint32_t), sizeof(lua_Integer), sizeof(lua_Number)};
	struct reader reader = {.at = (const unsigned char *)dump,
		.end = (const unsigned char *)dump + size,
		.fn = fn,
		.context = context};
	const unsigned char *start = take(&reader, sizeof header);
	if (start == NULL || memcmp(start, header, sizeof header) != 0)
		return false;
	take(&reader,
		sizeof(lua_Integer) + sizeof(lua_Number)); /* known values, to find byte orders */
	take_byte(&reader);                                /* upvalues of the chunk */
	read_function(&reader, NULL);
	return !reader.broken;
}
