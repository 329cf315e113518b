#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

static sigset_t interrupts(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return set;
}

void interrupt_block(void)
{
	const sigset_t set = interrupts();
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void interrupt_unblock(void)
{
	const sigset_t set = interrupts();
	const struct timespec now = {0};
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
