#include "scripts.h"

#include <stdio.h>

static void a_wait_returns_when_its_time_has_come(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){.collect_often = true});
	scripts_expect_trusted(&scripts,
		"local clock = require 'core.clock'\n"
		"local before = clock.now()\n"
		"local slept = clock.sleep(0.01)\n"
		"assert(slept == true and clock.now() - before >= 0.01)\n"
		"return 'woken'",
		"woken");
	assert_int_equal(task_count(scripts.host), 0);
	scripts_close(&scripts);
}

static void results_and_errors_come_to_whoever_joins(void **state)
{
	scripts_expect_alone((struct host_settings){.collect_often = true},
		"local task, clock = require 'core.task', require 'core.clock'\n"
		"local good = task.spawn(function(a, b) clock.sleep(0.002) return a + b, nil, 'x' "
		"end, 2, 3)\n"
		"local bad = task.spawn(function() clock.sleep(0.001) error({ code = 7 }) end)\n"
		"local ok, sum, hole, text = task.join(good)\n"
		"assert(ok and sum == 5 and hole == nil and text == 'x')\n"
		"local failed, why = task.join(bad)\n"
		"assert(failed == false and why.code == 7)\n"
		"local again, once_more = task.join(good)\n"
		"assert(again and once_more == 5)\n"
		"return 'joined'",
		"joined");
}

static void many_tasks_join_one(void **state)
{
	scripts_expect_alone((struct host_settings){.collect_often = true},
		"local task, clock = require 'core.task', require 'core.clock'\n"
		"local slow = task.spawn(function() clock.sleep(0.005) return 9 end)\n"
		"local others, sum = {}, 0\n"
		"for k = 1, 50 do others[k] = task.spawn(function() local _, n = task.join(slow) "
		"sum = sum + n end) end\n"
		"for k = 1, 50 do assert(task.join(others[k])) end\n"
		"return sum",
		"450");
}

static void ending_a_task_cancels_each_of_its_waits(void **state)
{
	scripts_expect_alone((struct host_settings){.collect_often = true},
		"local task, clock = require 'core.task', require 'core.clock'\n"
		"local seen = {}\n"
		"local t = task.spawn(function()\n"
		"  for k = 1, 3 do local ok, why = clock.sleep(100) seen[k] = tostring(ok) .. why "
		"end\n"
		"  local never = task.spawn(function() clock.sleep(0.02) end)\n"
		"  seen[4] = select(2, task.join(never))\n"
		"  return task.cancelled()\n"
		"end)\n"
		"clock.sleep(0.001)\n"
		"task.finish(t)\n"
		"local ok, cancelled = task.join(t)\n"
		"assert(ok and cancelled and not task.cancelled())\n"
		"return table.concat(seen, ' ')",
		"nilcancelled nilcancelled nilcancelled cancelled");
}

static void a_task_ended_before_it_began_never_waits(void **state)
{
	scripts_expect_alone((struct host_settings){0},
		"local task, clock = require 'core.task', require 'core.clock'\n"
		"local t = task.spawn(function() return select(2, clock.sleep(100)) end)\n"
		"task.finish(t)\n"
		"return select(2, task.join(t))",
		"cancelled");
}

/* A cancelled loop must let the loop turn, or nothing could end it. */
static void a_cancelled_task_that_goes_on_waiting_blocks_nobody(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){0});
	scripts_expect_trusted(&scripts,
		"local task, clock = require 'core.task', require 'core.clock'\n"
		"local t = task.spawn(function() while true do clock.sleep(100) end end)\n"
		"task.finish(t)\n"
		"clock.sleep(0.02)\n"
		"return 'still here'",
		"still here");
	assert_int_equal(task_count(scripts.host), 1);
	scripts_close(&scripts);
}

struct stale {
	struct host *host;
	struct loop *loop;
	struct loop_timer timer;
	struct task_id id;
	int pushed;
};

static struct stale stale;

static int count_push(lua_State *L, void *context)
{
	((struct stale *)context)->pushed++;
	return 0;
}

static int wait_twice(lua_State *L)
{
	stale.id = task_current(L);
	loop_timer_set(stale.loop, &stale.timer, clock_now_ns() + CLOCK_MS_NS);
	return task_wait(L, NULL, NULL);
}

static void wake_stale(void *context)
{
	struct stale *wanted = context;
	struct task_id old = wanted->id;
	task_wake(wanted->host, old, count_push, wanted);
	task_wake(wanted->host, old, count_push, wanted); /* the second finds nobody */
	old.number = 1000;
	task_wake(wanted->host, old, count_push, wanted);
}

static void a_stale_wake_up_does_nothing(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){.collect_often = true});
	stale = (struct stale){.host = scripts.host,
		.loop = scripts.loop,
		.timer = {.fn = wake_stale, .context = &stale}};
	lua_State *L = host_state(scripts.host);
	lua_register(L, "wait_twice", wait_twice);
	scripts_expect_trusted(&scripts, "wait_twice() return 'once'", "once");
	assert_int_equal(stale.pushed, 1);
	scripts_close(&scripts);
}

static void waits_pass_through_the_coroutines_of_a_script(void **state)
{
	scripts_expect_alone((struct host_settings){.collect_often = true},
		"local clock = require 'core.clock'\n"
		"local function numbers()\n"
		"  return coroutine.wrap(function()\n"
		"    for k = 1, 3 do clock.sleep(0.001) coroutine.yield(k, -k) end\n"
		"  end)\n"
		"end\n"
		"local seen = {}\n"
		"for a, b in numbers() do seen[#seen + 1] = a + 10 * b end\n"
		"local outer = coroutine.create(function(x)\n"
		"  local inner = coroutine.wrap(function(y) clock.sleep(0.001) local z = "
		"coroutine.yield(y * 2) return z end)\n"
		"  local first = inner(x)\n"
		"  local back = coroutine.yield(first)\n"
		"  return inner(back)\n"
		"end)\n"
		"local _, doubled = coroutine.resume(outer, 21)\n"
		"local _, last = coroutine.resume(outer, 'end')\n"
		"assert(coroutine.status(outer) == 'dead')\n"
		"return table.concat(seen, ' ') .. ' ' .. doubled .. ' ' .. last",
		"-9 -18 -27 42 end");
}

static void a_wait_passes_through_pcall_and_metamethods(void **state)
{
	scripts_expect_alone((struct host_settings){.collect_often = true},
		"local clock = require 'core.clock'\n"
		"local ok, value = pcall(function() clock.sleep(0.001) error('x', 0) end)\n"
		"assert(not ok and value == 'x')\n"
		"local _, handled = xpcall(function() clock.sleep(0.001) error('y', 0) end, "
		"function(e) return e .. '!' end)\n"
		"assert(handled == 'y!')\n"
		"local t = setmetatable({}, { __index = function(_, k) clock.sleep(0.001) return k "
		"end })\n"
		"do local c <close> = setmetatable({}, { __close = function() clock.sleep(0.001) "
		"end }) end\n"
		"return t.name",
		"name");
}

static void a_coroutine_that_waits_belongs_to_its_task(void **state)
{
	scripts_expect_alone((struct host_settings){0},
		"local task, clock = require 'core.task', require 'core.clock'\n"
		"local co = coroutine.create(function() clock.sleep(0.5) return 'slept' end)\n"
		"local t = task.spawn(function() return select(2, coroutine.resume(co)) end)\n"
		"clock.sleep(0.001)\n"
		"assert(coroutine.status(co) == 'normal')\n"
		"local ok, why = coroutine.resume(co, 'intruder')\n"
		"assert(not ok and why:find('waits'))\n"
		"assert(not coroutine.close(co))\n"
		"return select(2, task.join(t))",
		"slept");
}

static void no_wait_where_nothing_can_yield(void **state)
{
	static const char *const places[] = {
		"table.sort({ 1, 2 }, function() sleep() end)",
		"('x'):gsub('x', function() sleep() end)",
		"tostring(setmetatable({}, { __tostring = function() sleep() return '' end }))",
		"table.sort({ 1, 2 }, function() coroutine.wrap(function() sleep() end)() end)",
	};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char text[512];
		struct scripts scripts;
		scripts_open(&scripts, (struct host_settings){0});
		snprintf(text, sizeof text,
			"local clock = require 'core.clock'\n"
			"local function sleep() clock.sleep(0.001) end\n"
			"local ok, why = pcall(function() %s end)\n"
			"assert(not ok and why:find('trusted.lua:2: ') and "
			"why:find('bench.together'), why)\n"
			"clock.sleep(0.001)\n"
			"return 'goes on'",
			places[i]);
		scripts_expect_trusted(&scripts, text, "goes on");
		scripts_close(&scripts);
	}
}

static void a_yield_outside_of_a_coroutine_is_an_error(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){0});
	scripts_refuse(&scripts, "coroutine.yield(1)", "outside a coroutine");
	scripts_expect(
		&scripts, "local _, main = coroutine.running() return tostring(main)", "true");
	scripts_expect(&scripts, "return tostring(coroutine.isyieldable())", "false");
	scripts_close(&scripts);
}

static void what_is_to_be_closed_is_closed_after_an_error(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){0});
	scripts_refuse(&scripts,
		"local x <close> = setmetatable({}, { __close = function() rawset(_G, 'closed', 1) "
		"end })\n"
		"error('boom')",
		"mine.lua:2: boom");
	scripts_expect(&scripts, "return closed", "1");
	scripts_close(&scripts);
}

/* Frees a host while its tasks wait for whatever they can wait for. */
static void a_host_can_go_at_any_wait(void **state)
{
	for (int turns = 0; turns < 12; turns++) {
		struct scripts scripts;
		scripts_open(&scripts, (struct host_settings){.collect_often = true});
		char text[512];
		snprintf(text, sizeof text,
			"local task, clock = require 'core.task', require 'core.clock'\n"
			"for k = 1, 5 do\n"
			"  local t = task.spawn(function()\n"
			"    local inner = task.spawn(function() clock.sleep(100) end)\n"
			"    coroutine.wrap(function() clock.sleep(k * 0.001) task.join(inner) "
			"end)()\n"
			"  end)\n"
			"end\n"
			"clock.sleep(%d * 0.0007)\n",
			turns);
		scripts_expect_trusted(&scripts, text, "");
		scripts_close(&scripts);
	}
}

/* Each allocation of Lua fails once, and all that follow it. */
struct scarce {
	size_t left;
	size_t failures; /* so many fail, then there is memory again */
};

static void *scarce_allocate(void *context, void *block, size_t old_size, size_t new_size)
{
	struct scarce *scarce = context;
	if (new_size == 0) {
		free(block);
		return NULL;
	}
	if (block == NULL || new_size > old_size) {
		if (scarce->left == 0 && scarce->failures > 0) {
			scarce->failures--;
			return NULL;
		}
		scarce->left -= scarce->left > 0;
	}
	return realloc(block, new_size);
}

static void every_allocation_may_fail(void **state)
{
	bool ended_well = false;
	for (size_t n = 1; !ended_well && n < 4000; n += n < 600 ? 1 : 7) {
		struct scarce scarce = {.left = (size_t)-1, .failures = (size_t)-1};
		struct scripts scripts;
		scripts_open(&scripts, (struct host_settings){.allocate = scarce_allocate,
					       .allocate_context = &scarce});
		scarce.left = n;
		ended_well = scripts_run_trusted(&scripts,
			"local task, clock = require 'core.task', require 'core.clock'\n"
			"local json = require 'core.json'\n"
			"local t = task.spawn(function(a) clock.sleep(0) return "
			"json.decode('[1,{\"a\":[]}]') end, {})\n"
			"local co = coroutine.wrap(function() clock.sleep(0) coroutine.yield(1) "
			"end)\n"
			"co()\n"
			"local ok, list = task.join(t)\n"
			"if not ok then error(list, 0) end\n"
			"return json.string('text') .. #list");
		if (!ended_well)
			assert_non_null(strstr(scripts.failure.message, "memory"));
		scarce.left = (size_t)-1;
		scripts_close(&scripts);
	}
	assert_true(ended_well);
}

/* Whoever reads of the limit raises it, in vain. */
static void what_the_system_refuses_is_no_limit(void **state)
{
	struct scarce scarce = {.failures = (size_t)-1};
	const struct host_settings settings = {.allocate = scarce_allocate,
		.allocate_context = &scarce,
		.memory_limit = (uint64_t)8 << 20};
	struct error error = {0};
	struct scripts scripts;

	for (size_t n = 0; n < 400; n += 100) {
		scarce.left = n;
		assert_null(host_new(&settings, &error));
		assert_string_equal(error.message, "not enough memory: the system has none left");
		assert_int_equal(error.code, ERROR_SYSTEM);
	}

	scarce.left = (size_t)-1;
	scripts_open(&scripts, settings);
	scarce.left = 9000;
	scripts_refuse(&scripts, "local t = {} for i = 1, 1e5 do t[i] = {} end",
		"mine.lua:1: not enough memory: the system has none left");
	scarce.failures = 0;
	scripts_refuse(&scripts, "return ('x'):rep(1e8)", "--script-memory");
	scripts_close(&scripts);
}

static size_t begun, undone;

static void undo(void *context)
{
	undone++;
}

static int wait_for_ever(lua_State *L)
{
	begun++;
	return task_wait(L, undo, NULL);
}

/* The time of a script ends at each of the steps that a wait takes up through its coroutines, where
 * nobody is in it any more: before the next one, of what the script closes, or with the task. */
static void a_wait_that_could_not_pass_is_let_go(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){.time_limit_ns = 1});
	lua_register(host_state(scripts.host), "wait_for_ever", wait_for_ever);
	begun = undone = 0;
	scripts_expect_trusted(&scripts,
		"local task, clock = require 'core.task', require 'core.clock'\n"
		"local at_end = setmetatable({}, { __close = wait_for_ever })\n"
		"local function climb(turns)\n"
		"  for _ = 1, turns do end\n"
		"  coroutine.wrap(wait_for_ever)()\n"
		"end\n"
		"local function close(turns)\n"
		"  local guard <close> = turns % 2 == 0 and at_end or nil\n"
		"  coroutine.wrap(climb)(turns)\n"
		"end\n"
		"for turns = 9800, 10000 do\n"
		"  local t = task.spawn(pcall, close, turns)\n"
		"  clock.sleep(0)\n"
		"  task.finish(t)\n"
		"  task.join(t)\n"
		"end\n"
		"return 'ended'",
		"ended");
	assert_in_range(begun, 1, 400);
	assert_int_equal(undone, begun);
	scripts_close(&scripts);
}

static void a_task_is_no_coroutine_of_a_script(void **state)
{
	struct scripts scripts;
	scripts_open(&scripts, (struct host_settings){.collect_often = true});
	scripts_expect_trusted(&scripts,
		"local task, clock = require 'core.task', require 'core.clock'\n"
		"local thread\n"
		"local t = task.spawn(function() thread = coroutine.running() clock.sleep(0.5) "
		"return 'slept' end)\n"
		"clock.sleep(0.002)\n"
		"local ok, why = coroutine.resume(thread)\n"
		"assert(not ok and why:find('no coroutine of a script'))\n"
		"ok, why = coroutine.close(thread)\n"
		"assert(not ok and why:find('no coroutine of a script'))\n"
		"thread = nil\n"
		"return select(2, task.join(t))",
		"slept");
	scripts_expect_trusted(&scripts,
		"local clock, said = require 'core.clock'\n"
		"local co = coroutine.create(function()\n"
		"  local guard <close> = setmetatable({}, { __close = function() said = select(2, "
		"pcall(clock.sleep, 0.001)) end })\n"
		"  coroutine.yield()\n"
		"end)\n"
		"coroutine.resume(co)\n"
		"assert(coroutine.close(co))\n"
		"assert(said:find('cannot wait here'), said)\n"
		"clock.sleep(0.001)\n"
		"return 'fine'",
		"fine");
	scripts_close(&scripts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_returns_when_its_time_has_come),
		cmocka_unit_test(results_and_errors_come_to_whoever_joins),
		cmocka_unit_test(many_tasks_join_one),
		cmocka_unit_test(ending_a_task_cancels_each_of_its_waits),
		cmocka_unit_test(a_task_ended_before_it_began_never_waits),
		cmocka_unit_test(a_cancelled_task_that_goes_on_waiting_blocks_nobody),
		cmocka_unit_test(a_stale_wake_up_does_nothing),
		cmocka_unit_test(waits_pass_through_the_coroutines_of_a_script),
		cmocka_unit_test(a_wait_passes_through_pcall_and_metamethods),
		cmocka_unit_test(a_coroutine_that_waits_belongs_to_its_task),
		cmocka_unit_test(no_wait_where_nothing_can_yield),
		cmocka_unit_test(a_yield_outside_of_a_coroutine_is_an_error),
		cmocka_unit_test(what_is_to_be_closed_is_closed_after_an_error),
		cmocka_unit_test(a_host_can_go_at_any_wait),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(what_the_system_refuses_is_no_limit),
		cmocka_unit_test(a_wait_that_could_not_pass_is_let_go),
		cmocka_unit_test(a_task_is_no_coroutine_of_a_script),
	};
	return RUN(tests);
}
