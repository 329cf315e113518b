/* core.http, core.record and exchanges, against the simulated server on the same loop. */
#include "scripts.h"

#include "script/request.h"
#include "script/state.h"
#include "sim/sim.h"
#include "store/store.h"

#include <stdio.h>
#include <unistd.h>

#define STREAM_HEAD                                                                                \
	"local http, clock, task = require 'core.http', require 'core.clock', require "            \
	"'core.task'\n"                                                                            \
	"local plan = assert(require('core.extract').compile({\n"                                  \
	"  { field = 'content', path = 'choices[*].delta.content' },\n"                            \
	"  { field = 'finish', path = 'choices[*].finish_reason' },\n"                             \
	"  { field = 'prompt_tokens', path = 'usage.prompt_tokens' },\n"                           \
	"  { field = 'output_tokens', path = 'usage.completion_tokens' },\n"                       \
	"}, '[DONE]'))\n"                                                                          \
	"local function ask(changes)\n"                                                            \
	"  local spec = { url = 'http://127.0.0.1:%d/v1/chat/completions', body = '{}', plan = "   \
	"plan,\n"                                                                                  \
	"    headers = { 'Content-Type: application/json' }, wants_tokens = true,\n"               \
	"    stream = true, framing = 'sse', timeouts = { total = 20 }, context = { call = "       \
	"'chat', backend = 1 } }\n"                                                                \
	"  for name, value in pairs(changes or {}) do spec[name] = value end\n"                    \
	"  return http.exchange(spec)\n"                                                           \
	"end\n"

static char folder[64], play_path[128], log_path[128], database_path[128];

struct bench {
	struct scripts scripts;
	struct http *http;
	struct sim *sim;
	struct recorder *recorder;
};

static void write_play(const char *text)
{
	FILE *file = fopen(play_path, "wb");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct recorder *start_recorder(void)
{
	struct error error = {0};
	struct recorder_run run = {.scenario = "case",
		.script_text = "",
		.script_path = "case.lua",
		.options_json = "{}",
		.command_line = "bench run case.lua",
		.keep_text = true,
		.origin_ns = clock_now_ns(),
		.machine_json = "{}"};
	unlink(database_path);
	struct recorder *recorder = recorder_start(database_path, &run, &error);
	if (recorder == NULL)
		fail_msg("%s", error.message);
	return recorder;
}

static void open_bench(struct bench *bench, const char *play, struct host_settings settings)
{
	struct error error = {0};
	struct sim_settings sim;
	*bench = (struct bench){0};
	write_play(play);
	unlink(log_path);
	sim_defaults(&sim);
	sim.play = play_path;
	sim.log = log_path;
	bench->scripts.loop = loop_new(&error);
	bench->http = http_new(bench->scripts.loop, &error);
	bench->sim = sim_new(bench->scripts.loop, &sim, "127.0.0.1", 0, &error);
	if (bench->http == NULL || bench->sim == NULL)
		fail_msg("%s", error.message);
	bench->recorder = settings.recorder;
	settings.loop = bench->scripts.loop;
	settings.http = bench->http;
	settings.origin_ns = clock_now_ns();
	bench->scripts.host = host_new(&settings, &error);
	if (bench->scripts.host == NULL)
		fail_msg("%s", error.message);
	bench->scripts.guard =
		(struct loop_timer){.fn = scripts_time_out, .context = &bench->scripts};
}

static void close_bench(struct bench *bench)
{
	struct error error = {0};
	host_free(bench->scripts.host);
	http_free(bench->http);
	sim_free(bench->sim);
	loop_free(bench->scripts.loop);
	if (bench->recorder != NULL && !recorder_finish(bench->recorder, "done", &error))
		fail_msg("%s", error.message);
}

static bool run(struct bench *bench, const char *script)
{
	char text[8192];
	int port = sim_port(bench->sim);
	int size = snprintf(text, sizeof text, STREAM_HEAD, port);
	snprintf(text + size, sizeof text - (size_t)size, "%s", script);
	return scripts_run_trusted(&bench->scripts, text);
}

static void expect(struct bench *bench, const char *script, const char *result)
{
	if (!run(bench, script))
		fail_msg("%s\n%.300s", bench->scripts.failure.message, script);
	assert_string_equal(bench->scripts.result, result);
}

#define CONTENT(text)                                                                              \
	"\"data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":\\\"" text      \
	"\\\"}}]}\\n\\n\""
#define END_OF_STREAM                                                                              \
	"\"data: "                                                                                 \
	"{\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{},\\\"finish_reason\\\":\\\"stop\\\"}]" \
	","                                                                                        \
	"\\\"usage\\\":{\\\"prompt_tokens\\\":5,\\\"completion_tokens\\\":2}}\\n\\ndata: "         \
	"[DONE]\\n\\n\" END\n"

static const char two_tokens[] = "request POST\n"
				 "  header X-Twice: a\n"
				 "  header X-Twice: b\n"
				 "  @5 " CONTENT("a") "\n"
						      "  @15 " CONTENT("b") "\n"
									    "  @20 " END_OF_STREAM;

static const char slow_stream[] = "request POST\n"
				  "  @2 " CONTENT("a") "\n"
						       "  @30000 " END_OF_STREAM;

static void an_exchange_tells_what_happened(void **state)
{
	struct bench bench;
	open_bench(&bench, two_tokens, (struct host_settings){.collect_often = true});
	expect(&bench,
		"local x = ask()\n"
		"assert(x.ok and x.outcome == 'ok' and x.status == 200 and x.streamed, "
		"x.error_message)\n"
		"assert(x.texts[1] == 'ab' and x.finish_reason == 'stop' and x.token_events == 2)\n"
		"assert(x.prompt_tokens == 5 and x.output_tokens == 2 and x.tokens_source == "
		"'usage')\n"
		"assert(x.cached_tokens == nil and x.server_load == nil and x.cold_start == "
		"nil)\n"
		"assert(x.ttft > 0 and x.e2e >= x.ttft)\n"
		/* a stalled machine may put both tokens into one segment */
		"assert(x.e2e == x.ttft and x.tpot == nil or math.abs(x.tpot - (x.e2e - x.ttft)) < "
		"1e-9)\n"
		"assert(x.headers['x-twice'] == 'a, b' and x.attempts == 1 and x.number == nil)\n"
		"local times = x:event_times()\n"
		"assert(#times == 2 and times[1] == x.ttft and times[2] == x.e2e and x.ttfb <= "
		"x.ttft)\n"
		"assert(x.started >= 0 and x.end_at >= x.e2e)\n"
		"assert(not pcall(function() return x.nothing end))\n"
		"return x.address:match('^127.0.0.1:') and 'ok'",
		"ok");
	assert_int_equal(requests_running(bench.scripts.host), 0);
	close_bench(&bench);
}

static void on_token_hears_every_event_in_order(void **state)
{
	struct bench bench;
	open_bench(&bench, two_tokens, (struct host_settings){.collect_often = true});
	expect(&bench,
		"local heard, times = {}, {}\n"
		"local x = ask { on_token = function(text, t) heard[#heard + 1] = text "
		"times[#times + 1] = t end }\n"
		"local real = x:event_times()\n"
		"assert(times[1] == real[1] and times[2] == real[2])\n"
		"return table.concat(heard, ' ')",
		"a b");
	close_bench(&bench);
}

static void an_error_in_on_token_ends_the_request_and_is_raised(void **state)
{
	struct bench bench;
	open_bench(&bench, slow_stream, (struct host_settings){.time_limit_ns = CLOCK_SECOND_NS});
	expect(&bench,
		"local ok, why = pcall(ask, { on_token = function(text) error('no ' .. text) end "
		"})\n"
		"assert(not ok and why:find('trusted.lua:15: no a'), why)\n"
		"ok, why = pcall(ask, { on_token = function() clock.sleep(1) end })\n"
		"assert(not ok and why:find('on_token'), why)\n"
		"ok, why = pcall(ask, { on_token = function() coroutine.wrap(function() "
		"clock.sleep(1) end)() end })\n"
		"assert(not ok and why:find('on_token'), why)\n"
		"return 'raised'",
		"raised");
	assert_false(run(&bench,
		"pcall(ask, { on_token = function() while true do end end }) return 'caught'"));
	assert_non_null(strstr(bench.scripts.failure.message, "without waiting"));
	assert_int_equal(http_running(bench.http), 0);
	close_bench(&bench);
}

static void a_task_that_is_ended_gets_its_exchange(void **state)
{
	struct bench bench;
	open_bench(&bench, slow_stream, (struct host_settings){.collect_often = true});
	expect(&bench,
		"local first, second, heard\n"
		"local t = task.spawn(function()\n"
		"  first = ask { on_token = function() heard = true end }\n"
		"  second = ask()\n"
		"end)\n"
		"repeat clock.sleep(0.001) until heard\n"
		"task.finish(t)\n"
		"task.join(t)\n"
		"assert(not first.ok and first.outcome == 'incomplete' and first.error_kind == "
		"'client_limit')\n"
		"assert(first.texts[1] == 'a' and first.token_events == 1)\n"
		"assert(second.outcome == 'incomplete' and second.token_events == 0 and "
		"second.status == nil)\n"
		"return second.error_kind",
		"client_limit");
	assert_int_equal(http_running(bench.http), 0);
	close_bench(&bench);
}

static void a_retry_goes_on_with_the_exchange(void **state)
{
	struct bench bench;
	struct recorder *recorder = start_recorder();
	open_bench(&bench,
		"request POST\n  status 503\n  header Retry-After: 0\n  @1 \"busy\" END\n"
		"request POST\n  @5 " CONTENT("a") "\n  @6 " CONTENT("b") "\n  @7 " END_OF_STREAM,
		(struct host_settings){.recorder = recorder});
	expect(&bench,
		"local x = ask()\n"
		"assert(x.outcome == 'failed' and x.error_kind == 'http_503' and "
		"x.headers['retry-after'] == '0')\n"
		"local started, number = x.started, x.number\n"
		"local y = ask { previous = x }\n"
		"assert(y.ok and y.attempts == 2 and y.started == started and y.number == number)\n"
		"assert(not pcall(function() return x.ok end))\n"
		"y:keep()\n"
		"return tostring(number)",
		"1");
	close_bench(&bench);
}

static void headers_carry_secrets_and_nothing_else_does(void **state)
{
	char line[4096];
	bool seen = false;
	struct bench bench;
	open_bench(&bench, two_tokens, (struct host_settings){0});
	expect(&bench,
		"local handle = require('core.secret').literal('sk-CANARY-7')\n"
		"local x = ask { headers = { { 'Authorization: Bearer ', handle }, 'X-Plain: 1' } "
		"}\n"
		"assert(x.ok)\n"
		"for _, bad in ipairs { 'A: b\\r\\nC: d', 'A: b\\0c', 7, {} } do\n"
		"  local ok, why = pcall(ask, { headers = { bad } })\n"
		"  assert(not ok and why:find('header'), why)\n"
		"end\n"
		"return 'sent'",
		"sent");
	close_bench(&bench);
	FILE *log = fopen(log_path, "rb");
	assert_non_null(log);
	while (fgets(line, sizeof line, log) != NULL)
		seen = seen || strstr(line, "Bearer sk-CANARY-7") != NULL;
	fclose(log);
	assert_true(seen);
}

static bool take_number(void *context, const struct store_row *row)
{
	*(int64_t *)context = row->values[0].integer;
	return false;
}

static int64_t ask_database(const char *sql)
{
	struct error error = {0};
	int64_t number = -1;
	struct store *store = store_open(database_path, STORE_READ, &error);
	if (store == NULL ||
		!store_query(store, sql,
			&(struct store_question){.row = take_number, .context = &number}, &error))
		fail_msg("%s", error.message);
	store_close(store);
	return number;
}

static void a_planned_request_is_held_until_its_moment(void **state)
{
	struct bench bench;
	open_bench(&bench, two_tokens, (struct host_settings){0});
	expect(&bench,
		"for _ = 1, 20 do\n"
		"  local sched = clock.now() + 0.00009\n"
		"  local x = ask { sched = sched }\n"
		"  assert(x.started >= sched, 'too early')\n"
		"end\n"
		"return 'held'",
		"held");
	close_bench(&bench);
}

static void every_request_with_a_context_is_kept(void **state)
{
	struct bench bench;
	open_bench(&bench, two_tokens, (struct host_settings){.recorder = start_recorder()});
	expect(&bench,
		"local record = require 'core.record'\n"
		"record.write('note', 'who', 'test')\n"
		"local x = ask()\n"
		"x:set('output_tokens', 3) x:set('tokens_source', 'tokenizer') x:set('cold_start', "
		"true)\n"
		"x:flag('late') x:fail('failed', 'short', 'by the script')\n"
		"x:keep()\n"
		"ask()\n" /* kept by the collector */
		"local plain = ask { context = false }\n"
		"assert(plain.number == nil and x.flags:find 'late', x.flags)\n"
		"assert(not pcall(x.set, x, 'ttft', 1) and not pcall(x.flag, x, 'nonsense'))\n"
		"assert(not pcall(x.fail, x, 'splendid'))\n"
		"return x.outcome .. x.error_kind",
		"failedshort");
	close_bench(&bench);
	assert_int_equal(ask_database("SELECT count(*) FROM request_metrics"), 2);
	assert_int_equal(
		ask_database("SELECT output_tokens FROM request_metrics WHERE seq = 1"), 3);
	assert_int_equal(ask_database("SELECT cold_start FROM request_metrics WHERE seq = 1"), 1);
	assert_int_equal(
		ask_database("SELECT count(*) FROM request_metrics WHERE seq = 1 AND outcome = "
			     "'failed' AND error_kind = 'short' AND flags LIKE '%late%'"),
		1);
	assert_int_equal(
		ask_database(
			"SELECT count(*) FROM request_metrics WHERE seq = 2 AND outcome = 'ok'"),
		1);
}

static void what_runs_when_the_host_goes_is_kept_as_incomplete(void **state)
{
	struct bench bench;
	open_bench(&bench, slow_stream,
		(struct host_settings){.recorder = start_recorder(), .collect_often = true});
	expect(&bench,
		"local heard = 0\n"
		"local asked = { on_token = function() heard = heard + 1 end }\n"
		"task.spawn(function() ask(asked) end)\n"
		"task.spawn(function() coroutine.wrap(ask)(asked) end)\n"
		"repeat clock.sleep(0.001) until heard == 2\n"
		"return 'left'",
		"left");
	assert_int_equal(requests_running(bench.scripts.host), 2);
	close_bench(&bench);
	assert_int_equal(
		ask_database("SELECT count(*) FROM request_metrics WHERE outcome = 'incomplete' "
			     "AND error_kind = 'client_limit' AND token_events = 1"),
		2);
}

/* A run that is killed must have its slow requests in the file already. */
static void a_request_in_flight_is_in_the_database(void **state)
{
	struct bench bench;
	open_bench(&bench, slow_stream, (struct host_settings){.recorder = start_recorder()});
	expect(&bench,
		"task.spawn(ask)\n"
		"clock.sleep(2.6)\n"
		"return 'waiting'",
		"waiting");
	assert_int_equal(
		ask_database(
			"SELECT count(*) FROM request WHERE outcome = 'running' AND t_start > 0"),
		1);
	close_bench(&bench);
	assert_int_equal(ask_database("SELECT count(*) FROM request_metrics"), 1);
}

struct lock {
	struct loop *loop;
	struct loop_timer timer;
	struct store *store;
};

static void unlock(void *context)
{
	struct lock *lock = context;
	store_rollback(lock->store);
}

static int unlock_in_a_second(lua_State *L)
{
	struct lock *lock = lua_touserdata(L, lua_upvalueindex(1));
	loop_timer_set(lock->loop, &lock->timer, clock_now_ns() + CLOCK_SECOND_NS);
	return 0;
}

/* The disk stands still for a while: nothing new starts while the queue is full, nothing is lost,
 * and what started late says so. */
static void a_full_queue_holds_requests_back(void **state)
{
	struct error error = {0};
	struct bench bench;
	open_bench(&bench, two_tokens, (struct host_settings){.recorder = start_recorder()});
	struct lock lock = {.loop = bench.scripts.loop,
		.store = store_open(database_path, STORE_WRITE, &error)};
	if (lock.store == NULL || !store_begin(lock.store, &error))
		fail_msg("%s", error.message);
	lock.timer = (struct loop_timer){.fn = unlock, .context = &lock};
	lua_State *L = host_state(bench.scripts.host);
	lua_pushlightuserdata(L, &lock);
	lua_pushcclosure(L, unlock_in_a_second, 1);
	lua_setglobal(L, "unlock_in_a_second");
	expect(&bench,
		"local record = require 'core.record'\n"
		"local before = ask()\n"
		"local text = ('x'):rep(1000000)\n"
		"for k = 1, 70 do record.write('note', 'k' .. k, text) end\n"
		"local ended = task.spawn(function() local x = ask() return x.outcome, x.number "
		"end)\n"
		"clock.sleep(0.05)\n"
		"task.finish(ended)\n"
		"local _, outcome, number = task.join(ended)\n"
		"assert(outcome == 'incomplete' and number == nil)\n"
		"unlock_in_a_second()\n"
		"local asked = clock.now()\n"
		"local late = ask()\n"
		"assert(late.ok and late.flags:find 'late' and late.started > asked + 0.9, "
		"late.flags .. late.started)\n"
		"assert(not before.flags:find 'late', before.flags)\n"
		"local after = ask()\n"
		"return tostring(after.flags:find 'late')",
		"nil");
	close_bench(&bench);
	store_close(lock.store);
	assert_int_equal(ask_database("SELECT count(*) FROM notes"), 70);
	assert_int_equal(ask_database("SELECT count(*) FROM request_metrics"), 3);
}

/* What an exchange holds is C's memory: the collector must know how much. */
static void large_answers_are_let_go(void **state)
{
	struct bench bench;
	open_bench(&bench, "request POST\n  @0 \"x\"*1000000 END\n", (struct host_settings){0});
	expect(&bench,
		"local alive, most = setmetatable({}, { __mode = 'k' }), 0\n"
		"for k = 1, 40 do\n"
		"  local x = ask { keep_body = true, framing = 'whole', stream = false }\n"
		"  assert(x.end_at > 0)\n"
		"  alive[x] = true\n"
		"  x = nil\n"
		"  local count = 0\n"
		"  for _ in pairs(alive) do count = count + 1 end\n"
		"  most = math.max(most, count)\n"
		"end\n"
		"return most < 10 and 'few' or tostring(most)",
		"few");
	close_bench(&bench);
}

static void names_are_looked_up(void **state)
{
	struct bench bench;
	open_bench(&bench, two_tokens, (struct host_settings){.collect_often = true});
	expect(&bench,
		"local addresses, took = http.resolve('localhost', 80)\n"
		"assert(addresses:find('127.0.0.1', 1, true) and took >= 0)\n"
		"local none, why = http.resolve('no.such.name.invalid', 80)\n"
		"assert(none == nil and #why > 0)\n"
		"local t = task.spawn(function() return http.resolve('other.name.invalid', 80) "
		"end)\n"
		"task.finish(t)\n"
		"local _, nothing, cancelled = task.join(t)\n"
		"assert(nothing == nil)\n"
		"return cancelled",
		"cancelled");
	close_bench(&bench);
}

static void a_host_can_go_at_any_moment_of_a_request(void **state)
{
	for (int turn = 0; turn < 10; turn++) {
		struct bench bench;
		char script[512];
		open_bench(&bench, two_tokens, (struct host_settings){.collect_often = true});
		snprintf(script, sizeof script,
			"for k = 1, 4 do task.spawn(function() ask { on_token = function() end } "
			"http.resolve('x' .. k, 1) end) end\n"
			"clock.sleep(%d * 0.003) return 'gone'",
			turn);
		expect(&bench, script, "gone");
		close_bench(&bench);
	}
}

static int make_folder(void **state)
{
	snprintf(folder, sizeof folder, "/tmp/bench-request-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(play_path, sizeof play_path, "%s/case.play", folder);
	snprintf(log_path, sizeof log_path, "%s/sent.log", folder);
	snprintf(database_path, sizeof database_path, "%s/case.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_tells_what_happened),
		cmocka_unit_test(on_token_hears_every_event_in_order),
		cmocka_unit_test(an_error_in_on_token_ends_the_request_and_is_raised),
		cmocka_unit_test(a_task_that_is_ended_gets_its_exchange),
		cmocka_unit_test(a_retry_goes_on_with_the_exchange),
		cmocka_unit_test(headers_carry_secrets_and_nothing_else_does),
		cmocka_unit_test(a_planned_request_is_held_until_its_moment),
		cmocka_unit_test(every_request_with_a_context_is_kept),
		cmocka_unit_test(what_runs_when_the_host_goes_is_kept_as_incomplete),
		cmocka_unit_test(a_request_in_flight_is_in_the_database),
		cmocka_unit_test(a_full_queue_holds_requests_back),
		cmocka_unit_test(large_answers_are_let_go),
		cmocka_unit_test(names_are_looked_up),
		cmocka_unit_test(a_host_can_go_at_any_moment_of_a_request),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
