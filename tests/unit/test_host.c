#include "scripts.h"

#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_script_sees_only_the_sandbox(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){0});
	scripts_expect(&scripts,
		"local names = { 'io', 'debug', 'package', 'dofile', 'loadfile', 'core', 'warn' }\n"
		"for _, name in ipairs(names) do assert(rawget(_G, name) == nil, name) end\n"
		"for _, name in ipairs { 'execute', 'exit', 'getenv', 'remove', 'rename', "
		"'tmpname', 'clock' } do\n"
		"  assert(rawget(os, name) == nil, name)\n"
		"end\n"
		"assert(os.setlocale('') == 'C' and os.setlocale('de_DE.UTF-8') == nil)\n"
		"return type(os.time()) .. type(os.date())",
		"numberstring");
	scripts_refuse(&scripts, "require 'core.clock'", "mine.lua:1: require \"core.clock\"");
	scripts_refuse(&scripts, "os.clock()", "CPU, not of waiting: bench.now()");
	scripts_refuse(&scripts, "\nreturn misspelt", "mine.lua:2: no variable is called misspelt");
	scripts_refuse(&scripts, "\n\nreturn pritn(1)", "Did you mean print?");
	scripts_refuse(&scripts, "x = 1", "mine.lua:1: x is not declared");
	scripts_close(&scripts);
}

static void errors_name_the_line_and_leave_our_frames_out(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){0});
	scripts_run(&scripts, "local function visit()\n"
			      "  local reply = {}\n"
			      "  return reply.tokens.output\n"
			      "end\n"
			      "local ok = pcall(visit)\n"
			      "assert(not ok)\n"
			      "visit()\n");
	assert_string_equal(scripts.failure.message,
		"mine.lua:3: attempt to index a nil value (field 'tokens')\n"
		"  in function 'visit' (mine.lua:3)\n"
		"  in the main chunk (mine.lua:7)");
	scripts_run(&scripts,
		"error(setmetatable({}, { __tostring = function() return 'an object' end }))");
	assert_string_equal(scripts.failure.message, "mine.lua:1: an object");
	scripts_run(&scripts, "error()");
	assert_string_equal(scripts.failure.message, "mine.lua:1: an error without a text (nil)");
	scripts_run(&scripts, "\nerror({ code = 5 })");
	assert_string_equal(scripts.failure.message, "mine.lua:2: an error without a text (table)");
	scripts_close(&scripts);
}

/* Case I3: nothing that a hook can reach keeps a script alive. */
static void a_script_that_does_not_want_to_stop_is_stopped(void **state)
{
	static const char *const loops[] = {
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"while true do xpcall(function() while true do end end, function(e) return e end) "
		"end",
		"coroutine.wrap(function() while true do end end)()",
		"while true do coroutine.resume(coroutine.create(function() while true do end "
		"end)) end",
		"xpcall(error, function() while true do end end)",
		"while true do xpcall(error, function() while true do end end) end",
		"local x <close> = setmetatable({}, { __close = function() while true do end end "
		"})",
		"local co = coroutine.create(function() local x <close> = setmetatable({}, { "
		"__close = function()\n"
		"  while true do end end }) coroutine.yield() end) coroutine.resume(co)\n"
		"while true do coroutine.close(co) end",
		"for x in coroutine.wrap(function() while true do coroutine.yield(1) end end) do "
		"local y = x end",
		"local t = setmetatable({}, { __index = function() while true do end end }) return "
		"t.x",
		"load('while true do end')()",
	};
	for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
		struct scripts scripts;
		scripts_open(&scripts, (struct host_settings){.time_limit_ns = 30 * CLOCK_MS_NS});
		scripts_refuse(&scripts, loops[i], "ran for 30 ms without waiting");
		assert_non_null(strstr(scripts.failure.message, "mine.lua:"));
		scripts_expect(&scripts, "return 'the next one runs'", "the next one runs");
		scripts_close(&scripts);
	}
}

static void the_clock_starts_anew_at_each_wait(void **state)
{
	scripts_expect_alone((struct host_settings){.time_limit_ns = CLOCK_SECOND_NS},
		"local clock = require 'core.clock'\n"
		"local begun = clock.now()\n"
		"while clock.now() - begun < 2 do\n"
		"  clock.sleep(0.005)\n"
		"  local k = 0\n"
		"  for n = 1, 20000 do k = k + n end\n"
		"end\n"
		"return 'done'",
		"done");
}

static void memory_has_a_limit(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){.memory_limit = (size_t)8 << 20});
	scripts_refuse(&scripts, "local s = ('x'):rep(1e8)", "not enough memory");
	scripts_refuse(&scripts, "local s = string.rep('x', 1e8)", "--script-memory");
	scripts_refuse(
		&scripts, "local t = {} while true do t[#t + 1] = {} end", "not enough memory");
	scripts_expect(&scripts,
		"local ok = pcall(string.rep, 'x', 1e8) return tostring(ok) .. #(('x'):rep(1e6))",
		"false1000000");
	/* garbage is no use of memory, whoever wants some */
	scripts_expect(&scripts,
		"local function waste(size)\n"
		"  local big = ('x'):rep(100):rep(size)\n"
		"  for i = 1, 12 do\n"
		"    local a, b, c = big .. i, big .. -i, big .. 'z' .. i\n"
		"    a = table.concat { big, i }\n"
		"  end\n"
		"end\n"
		"for size = 3000, 9000, 200 do waste(size) end\n"
		"coroutine.wrap(function() for size = 3000, 9000, 200 do waste(size) end end)()\n"
		"return 'fine'",
		"fine");
	scripts_close(&scripts);
}

static void what_is_in_progress_may_raise_it(void **state)
{
	scripts_expect_alone((struct host_settings){.memory_limit = (size_t)8 << 20},
		"local limit = require 'core.limit'\n"
		"local before = pcall(string.rep, 'x', 1e7)\n"
		"limit.extra(20000000)\n"
		"local while_raised = pcall(string.rep, 'x', 1e7)\n"
		"limit.extra(0)\n"
		"return ('%s %s %s'):format(before, while_raised, (pcall(string.rep, 'x', 1e7)))",
		"false true false");
}

static void a_limit_below_the_libraries_is_refused_in_words(void **state)
{
	for (size_t limit = 1; limit < 2000000; limit = limit * 3 + 1) {
		struct error error = {0};
		struct host_settings settings = {.memory_limit = limit};
		struct host *host = host_new(&settings, &error);
		assert_null(host);
		assert_non_null(strstr(error.message, "less than Lua and the libraries need"));
		assert_int_equal(error.code, ERROR_USAGE);
	}
}

/* Case N3: what stands before the first line, and the ends of lines. */
static void the_file_is_read_as_people_save_it(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} files[] = {
		{"\xEF\xBB\xBF#!/usr/bin/env -S bench run\r\nlocal q = [[a\r\nb]]\r\nassert(q == "
		 "'a\\nb')\r\nerror('boom')\r\n",
			"mine.lua:5: boom"},
		{"#!/usr/bin/env -S bench run\nlocal q = [[a\nb]]\nassert(q == "
		 "'a\\nb')\nerror('boom')\n",
			"mine.lua:5: boom"},
		{"#!/usr/bin/env -S bench run", NULL},
		{"\xEF\xBB\xBF", NULL},
		{"", NULL},
		{"\xFF\xFEl\x01o", "mine.lua: this file is UTF-16; save it as UTF-8"},
		{"\xFE\xFFl\x01o", "mine.lua: this file is UTF-16; save it as UTF-8"},
		{"\x1BLua", "mine.lua: this is bytecode; a scenario is Lua text"},
		{"\xEF\xBB\xBF\x1BLua", "mine.lua: this is bytecode; a scenario is Lua text"},
		{"local x =", "mine.lua:1: unexpected symbol near <eof>"},
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct scripts scripts;
		scripts_open(&scripts, (struct host_settings){0});
		bool ok = scripts_run(&scripts, files[i].text);
		assert_int_equal(ok, files[i].message == NULL);
		if (!ok)
			assert_string_equal(scripts.failure.message, files[i].message);
		scripts_close(&scripts);
	}
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[1024];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A folder with everything in its name that means something to somebody. */
static char place[200], folder[400];

static int make_folder(void **state)
{
	char link[512];
	snprintf(place, sizeof place, "/tmp/bench-host-XXXXXX");
	if (mkdtemp(place) == NULL)
		return 1;
	snprintf(folder, sizeof folder, "%s/天空 100%% ok", place);
	mkdir(folder, 0700);
	mkdir(strcat(folder, "/q?a;b"), 0700);
	write_file(place, "outside.txt", "secret of the house");
	write_file(folder, "inside.txt", "inside");
	write_file(folder, "helper.lua",
		"\xEF\xBB\xBF#!/usr/bin/env lua\nlocal name = ...\nreturn { name = name, line = 4 "
		"}\n");
	write_file(folder, "broken.lua", "\n\nerror('in the helper')\n");
	write_file(folder, "code.lua", "\x1BLuaR");
	snprintf(link, sizeof link, "%s/link.txt", folder);
	if (symlink("../../outside.txt", link) != 0)
		return 1;
	snprintf(link, sizeof link, "%s/deeper", folder);
	mkdir(link, 0700);
	write_file(link, "more.lua", "return require('helper').name .. ' again'\n");
	return 0;
}

static int remove_folder(void **state)
{
	char command[300];
	snprintf(command, sizeof command, "rm -rf '%s'", place);
	return system(command);
}

static void open_in_folder(struct scripts *scripts)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/mine.lua", folder);
	scripts_open(scripts,
		(struct host_settings){.script_path = path, .script_text = "", .script_size = 0});
}

static void files_beside_the_script_are_found(void **state)
{
	struct scripts scripts;
	open_in_folder(&scripts);
	scripts_expect(&scripts,
		"local helper = require 'helper'\n"
		"assert(helper == require 'helper')\n"
		"return helper.name .. ' ' .. require 'deeper.more'",
		"helper helper again");
	scripts_refuse(&scripts, "require 'broken'", "broken.lua:3: in the helper");
	scripts_refuse(&scripts, "require 'broken'", "failed before");
	scripts_refuse(&scripts, "require 'code'", "bytecode");
	scripts_refuse(&scripts, "require 'missing'",
		"mine.lua:1: require \"missing\": no file missing.lua");
	scripts_refuse(&scripts, "require '../outside'", "a name like");
	scripts_refuse(&scripts, "require '..outside'", "a name like");
	scripts_refuse(&scripts, "require '/etc/passwd'", "a name like");
	scripts_close(&scripts);
}

static int next_descriptor(void)
{
	int descriptor = open("/dev/null", O_RDONLY);
	close(descriptor);
	return descriptor;
}

static void only_files_below_the_script_are_read(void **state)
{
	char outside[400];
	char text[1024];
	struct scripts scripts;
	open_in_folder(&scripts);
	int descriptor = next_descriptor();
	scripts_expect_trusted(
		&scripts, "return require('core.source').read('inside.txt')", "inside");
	scripts_expect_trusted(
		&scripts, "return require('core.source').read('deeper/../inside.txt')", "inside");
	static const char *const refused[] = {"../../outside.txt", "link.txt", "/etc/passwd",
		"deeper/../../../outside.txt", "/proc/self/environ"};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		snprintf(text, sizeof text,
			"local text, why = require('core.source').read('%s') assert(not text) "
			"return why",
			refused[i]);
		assert_true(scripts_run_trusted(&scripts, text));
		assert_non_null(strstr(scripts.result, "outside of the script's folder"));
	}
	scripts_expect_trusted(&scripts,
		"return (select(2, require('core.source').read('deeper')))",
		"deeper is not a regular file");
	scripts_expect_trusted(&scripts,
		"return (select(2, require('core.source').read('inside.txt/more')))",
		"cannot read inside.txt/more: Not a directory");
	snprintf(outside, sizeof outside, "%s/outside.txt", place);
	snprintf(text, sizeof text,
		"local head = require('core.source').head assert(not head('inside.txt', 9)) "
		"assert(not head('/', 9) and not pcall(head, '/', (1 << 20) + 1)) assert(not "
		"head('/dev/zero', 9)) assert(#head('%s', 1 << 20) < 64) return head('%s', 6)",
		outside, outside);
	scripts_expect_trusted(&scripts, text, "secret");
	snprintf(text, sizeof text,
		"local source = require 'core.source' source.allow('%s') return source.read('%s')",
		outside, outside);
	scripts_expect_trusted(&scripts, text, "secret of the house");
	assert_int_equal(next_descriptor(), descriptor); /* none is left open */
	scripts_close(&scripts);
}

static void a_trusted_host_calls_the_library(void **state)
{
	struct error error = {0};
	int64_t result = 7;
	struct host_settings settings = {.trusted = true};
	struct host *host = host_new(&settings, &error);
	assert_non_null(host);
	assert_true(host_call(host, "bench.json", "array", &result, &error));
	assert_int_equal(result, 0);
	assert_false(host_call(host, "bench.json", "decode", &result, &error));
	assert_string_equal(error.message, "json.decode's argument must be a string, not nil");
	assert_false(host_call(host, "bench.json", "nothing", NULL, &error));
	assert_string_equal(error.message, "module 'bench.json' has no function 'nothing'");
	assert_false(host_call(host, "bench.no", "thing", NULL, &error));
	assert_string_equal(error.message, "module 'bench.no' not found");
	host_free(host);
}

struct started {
	struct loop *loop;
	int calls;
	bool failed;
	char message[200];
};

static void note_end(void *context, int64_t result, const struct error *error)
{
	struct started *started = context;
	started->calls++;
	started->failed = error != NULL;
	snprintf(started->message, sizeof started->message, "%.199s",
		error != NULL ? error->message : "");
	loop_stop(started->loop);
}

static void a_started_call_always_reports_its_end(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){0});
	struct started started = {.loop = scripts.loop};
	host_start(scripts.host, "bench.json", "array", note_end, &started);
	assert_int_equal(started.calls, 0);
	loop_run(scripts.loop);
	assert_int_equal(started.calls, 1);
	assert_false(started.failed);
	host_start(scripts.host, "bench.no", "thing", note_end, &started);
	loop_run(scripts.loop);
	assert_int_equal(started.calls, 2);
	assert_true(started.failed);
	assert_string_equal(started.message, "module 'bench.no' not found");
	host_start(scripts.host, "bench.json", "array", note_end, &started);
	scripts_close(&scripts);
	assert_int_equal(started.calls, 3);
	assert_string_equal(started.message, "the script was dropped while it ran");
}

static void the_last_line_is_known_to_the_watchdog(void **state)
{
	char line[64];
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){.time_limit_ns = 20 * CLOCK_MS_NS});
	host_last_line(scripts.host, line, sizeof line);
	assert_string_equal(line, "");
	scripts_run(&scripts, "\n\n\nwhile true do end");
	host_last_line(scripts.host, line, sizeof line);
	assert_string_equal(line, "mine.lua:4");
	scripts_close(&scripts);
}

static const char asks_the_database[] =
	"local store = require 'core.store'\n"
	"local rows = store.query('SELECT ?1 AS a, ?2 AS b, ?3 AS c, NULL AS d', "
	"9007199254740993, 0.5, 't\\0x')\n"
	"assert(#rows == 1 and table.concat(rows.columns, ',') == 'a,b,c,d')\n"
	"local row = rows[1]\n"
	"assert(row.a == 9007199254740993 and row.b == 0.5 and row.c == 't\\0x' and row.d "
	"== nil)\n"
	"local none = store.query('SELECT run AS r FROM runs')\n"
	"assert(#none == 0 and none.columns[1] == 'r')\n"
	"local seen = {}\n"
	"local numbers = 'WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
	"?1) SELECT i FROM n'\n"
	"store.each(numbers, { 5 }, function(r) seen[#seen + 1] = r.i if r.i == 3 then "
	"return false end end)\n"
	"assert(table.concat(seen) == '123')\n"
	"local ok, why = pcall(store.each, numbers, { 5 }, function(r) error('row ' .. "
	"r.i, 0) end)\n"
	"assert(not ok and why == 'row 1', why)\n"
	"ok, why = pcall(store.query, 'SELECT x FROM nowhere')\n"
	"assert(not ok and why:find('nowhere'), why)\n"
	"ok, why = pcall(store.query, 'DELETE FROM run')\n"
	"assert(not ok, 'reads only')\n"
	"ok, why = pcall(store.query, 'SELECT ?1', {})\n"
	"assert(not ok and why:find('cannot be kept'), why)\n"
	"assert(store.check() == true and store.open_write() == true)\n"
	"store.vacuum()\n"
	"local removed, problem = store.remove(77)\n"
	"assert(removed == nil and #problem > 0)\n"
	"store.attach(store.path(), 'again')\n"
	"assert(store.query('SELECT count(*) AS n FROM again.run')[1].n == 0)\n"
	"return store.path():match('[^/]*$')";

static void commands_ask_the_database(void **state)
{
	char path[600];
	struct error error = {0};
	struct scripts scripts;
	snprintf(path, sizeof path, "%s/case.db", place);
	store_close(store_open(path, STORE_WRITE, &error));
	struct store *store = store_open(path, STORE_READ, &error);
	assert_non_null(store);
	scripts_open(&scripts, (struct host_settings){.trusted = true, .store = store});
	scripts_expect_trusted(&scripts, asks_the_database, "case.db");
	scripts_close(&scripts);
	store_close(store);
}

static void options_are_a_table(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts,
		(struct host_settings){.options_json =
					       "{\"command\":\"run\",\"arguments\":[\"a.lua\"],"
					       "\"unknown\":[\"--x\"],"
					       "\"json\":true,\"allow-net\":[\"a\","
					       "\"b\"],\"seed\":\"7\","
					       "\"run_flags\":[\"seed\"],"
					       "\"commands\":[\"run\"]}"});
	scripts_expect_trusted(&scripts,
		"local o = require 'core.options'\n"
		"assert(o.json == true and #o['allow-net'] == 2 and o.seed == '7' and o.command == "
		"'run')\n"
		"assert(o.run_flags[1] == 'seed')\n"
		"return o.arguments[1] .. o.unknown[1] .. o.commands[1]",
		"a.lua--xrun");
	scripts_close(&scripts);
}

static void secrets_have_no_text(void **state)
{
	struct scripts scripts;
	setenv("BENCH_TEST_KEY", "sk-test-CANARY-123", 1);
	setenv("BENCH_TEST_SHORT", "abc", 1);
	scripts_open(&scripts, (struct host_settings){0});
	scripts_expect_trusted(&scripts,
		"local secret = require 'core.secret'\n"
		"local handle = secret.environment('BENCH_TEST_KEY')\n"
		"assert(secret.is(handle) and not secret.is('x') and getmetatable(handle) == "
		"'bench.secret')\n"
		"assert(not pcall(function() return handle.text end) or handle.text == nil)\n"
		"assert(not pcall(function() return handle .. '' end))\n"
		"local none, why = secret.environment('BENCH_TEST_NONE')\n"
		"assert(not none and why:find('not set'))\n"
		"assert(select(2, secret.environment('BENCH_TEST_SHORT')):find('4 bytes'))\n"
		"return tostring(handle)",
		"[secret]");
	scripts_close(&scripts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_sees_only_the_sandbox),
		cmocka_unit_test(errors_name_the_line_and_leave_our_frames_out),
		cmocka_unit_test(a_script_that_does_not_want_to_stop_is_stopped),
		cmocka_unit_test(the_clock_starts_anew_at_each_wait),
		cmocka_unit_test(memory_has_a_limit),
		cmocka_unit_test(what_is_in_progress_may_raise_it),
		cmocka_unit_test(a_limit_below_the_libraries_is_refused_in_words),
		cmocka_unit_test(the_file_is_read_as_people_save_it),
		cmocka_unit_test_setup_teardown(
			files_beside_the_script_are_found, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			only_files_below_the_script_are_read, make_folder, remove_folder),
		cmocka_unit_test(a_trusted_host_calls_the_library),
		cmocka_unit_test(a_started_call_always_reports_its_end),
		cmocka_unit_test(the_last_line_is_known_to_the_watchdog),
		cmocka_unit_test_setup_teardown(
			commands_ask_the_database, make_folder, remove_folder),
		cmocka_unit_test(options_are_a_table),
		cmocka_unit_test(secrets_have_no_text),
	};
	return RUN(tests);
}
