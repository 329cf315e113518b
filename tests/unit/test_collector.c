#include "scripts.h"

/* Some 30 MB of garbage beside 2 MB that are not; the most that was in use must stay below `most`
 * MB. */
#define WASTE(most, between)                                                                       \
	"local clock = require 'core.clock'\n"                                                     \
	"local kept, seen = {}, 0\n"                                                               \
	"for n = 1, 20000 do kept[n] = { n } end\n"                                                \
	"for k = 1, 800 do\n"                                                                      \
	"  local t = {}\n"                                                                         \
	"  for n = 1, 500 do t[n] = { n } end\n"                                                   \
	"  seen = math.max(seen, collectgarbage('count'))\n" between "end\n"                       \
	"assert(seen < " most " * 1024, ('%d KB'):format(seen // 1))\n"                            \
	"return #kept"

static void memory_is_bounded_while_tasks_wait(void **state)
{
	scripts_expect_alone((struct host_settings){0}, WASTE("6", "  clock.sleep(0)\n"), "20000");
}

/* There is never time: the next moment is always near. */
static void memory_is_bounded_while_something_is_always_about_to_begin(void **state)
{
	scripts_expect_alone((struct host_settings){0},
		"local clock, task = require 'core.clock', require 'core.task'\n"
		"local over = false\n"
		"local other = task.spawn(function() while not over do clock.sleep(0.0001) end "
		"end)\n"
		"local function waste()\n" WASTE("6", "  clock.sleep(0)\n") "\nend\n"
									    "local said = waste()\n"
									    "over = true\n"
									    "task.join(other)\n"
									    "return said",
		"20000");
}

static void memory_is_bounded_in_a_task_that_does_not_wait(void **state)
{
	scripts_expect_alone((struct host_settings){0}, WASTE("20", ""), "20000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_bounded_while_tasks_wait),
		cmocka_unit_test(memory_is_bounded_while_something_is_always_about_to_begin),
		cmocka_unit_test(memory_is_bounded_in_a_task_that_does_not_wait),
	};
	return RUN(tests);
}
