#include "base/interrupt.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

static bool is_ignored(int number)
{
	struct sigaction action;
	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t interrupt_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (!is_ignored(SIGHUP))
		sigaddset(&set, SIGHUP);
	return set;
}

void interrupt_block(void)
{
	const sigset_t set = interrupt_signals();
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void interrupt_unblock(void)
{
	const sigset_t set = interrupt_signals();
	const struct timespec now = {0};
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
