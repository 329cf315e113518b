#include "base/alarm.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

/* One for each thread that ever entered, as long as the process lives. */
static _Thread_local struct {
	timer_t timer;
	bool exists;
	volatile bool is_set;
	volatile alarm_fn ring; /* NULL: nobody is inside */
	void *volatile context;
} self;

static void set(void)
{
	const struct itimerspec once = {.it_value.tv_nsec = ALARM_NS};
	self.is_set = timer_settime(self.timer, 0, &once, NULL) == 0;
}

/* Goes on only while somebody is inside: a process that waits is not woken. */
static void handle(int number)
{
	int saved = errno;
	(void)number;
	self.is_set = false;
	if (self.ring != NULL) {
		self.ring(self.context);
		set();
	}
	errno = saved;
}

static bool create(void)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGVTALRM};
	event._sigev_un._tid = gettid();
	sigemptyset(&action.sa_mask);
	sigaction(SIGVTALRM, &action, NULL);
	return timer_create(CLOCK_MONOTONIC, &event, &self.timer) == 0;
}

void alarm_enter(alarm_fn ring, void *context)
{
	self.context = context;
	self.ring = ring;
	if (self.is_set)
		return;
	self.exists = self.exists || create();
	if (self.exists)
		set();
}

void alarm_leave(void)
{
	self.ring = NULL;
}
