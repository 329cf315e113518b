#include "machine/priority.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define COMPUTE_US 500000                /* without a wait, then it is lost */
#define COMPUTE_MOST_US (4 * COMPUTE_US) /* should that fail, the kernel ends the process */

enum { NORMAL, REAL_TIME, LOST };

static volatile sig_atomic_t got = NORMAL;
static pid_t thread;

/* SIGXCPU, in whatever thread. */
static void put_back(int number)
{
	const struct sched_param normal = {0};
	int saved = errno;
	(void)number;
	if (got == REAL_TIME && sched_setscheduler(thread, SCHED_OTHER, &normal) == 0)
		got = LOST;
	errno = saved;
}

static void limit_computing(void)
{
	struct sigaction action = {.sa_handler = put_back, .sa_flags = SA_RESTART};
	struct rlimit limit = {.rlim_cur = COMPUTE_US, .rlim_max = COMPUTE_MOST_US}, before;
	if (getrlimit(RLIMIT_RTTIME, &before) == 0 && before.rlim_max < limit.rlim_max)
		limit.rlim_max = before.rlim_max;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_cur = limit.rlim_max;
	sigemptyset(&action.sa_mask);
	sigaction(SIGXCPU, &action, NULL);
	setrlimit(RLIMIT_RTTIME, &limit);
}

bool priority_raise(struct error *error)
{
	const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_RR)};
	thread = gettid();
	limit_computing();
	if (sched_setscheduler(thread, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) != 0)
		return error_set(error, ERROR_USAGE,
			"--priority: the system refuses real-time priority (%s). Give bench the "
			"right to it (setcap cap_sys_nice+ep on the program, or a limit: ulimit -r "
			"1), or leave --priority out: arrival times do not need it",
			strerror(errno));
	got = REAL_TIME;
	return true;
}

const char *priority_got(void)
{
	static const char *const names[] = {"normal", "real-time", "lost"};
	return names[got];
}
