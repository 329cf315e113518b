#include "unit.h"

#include "base/clock.h"
#include "machine/priority.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each part is a process of its own: a priority that was raised, and the limit, stay. */
static int in_child(int (*part)(void))
{
	int status = 0;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(part());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

enum { WELL, REFUSED, WRONG };

static int compute_until_it_is_lost(void)
{
	struct error error;
	if (strcmp(priority_got(), "normal") != 0)
		return WRONG;
	if (!priority_raise(&error))
		return REFUSED;
	if ((sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) != SCHED_RR ||
		strcmp(priority_got(), "real-time") != 0)
		return WRONG;
	int64_t began = clock_now_ns();
	while (strcmp(priority_got(), "lost") != 0)
		if (clock_now_ns() - began > 60 * CLOCK_SECOND_NS)
			return WRONG;
	return sched_getscheduler(0) == SCHED_OTHER ? WELL : WRONG;
}

static void test_who_computes_for_long_loses_it(void **state)
{
	int result = in_child(compute_until_it_is_lost);
	if (result == REFUSED)
		skip();
	assert_int_equal(result, WELL);
}

/* Nobody, and no limit that would allow it. */
static int ask_without_the_right(void)
{
	const struct rlimit none = {0, 0};
	struct error error = {.code = ERROR_NONE};
	if (setrlimit(RLIMIT_RTPRIO, &none) != 0 || (getuid() == 0 && setuid(65534) != 0))
		return WRONG;
	if (priority_raise(&error))
		return WRONG;
	bool said = strstr(error.message, "--priority") != NULL &&
		    strstr(error.message, "cap_sys_nice") != NULL;
	return said && error.code == ERROR_USAGE && strcmp(priority_got(), "normal") == 0 ? WELL
											  : WRONG;
}

static void test_it_is_refused_in_words(void **state)
{
	assert_int_equal(in_child(ask_without_the_right), WELL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_computes_for_long_loses_it),
		cmocka_unit_test(test_it_is_refused_in_words),
	};
	return RUN(tests);
}
