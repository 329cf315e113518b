#include "base/interrupt.h"

#include "base/clock.h"

#include <time.h>
#include <unistd.h>

#define TOGETHER_NS (100 * CLOCK_MS_NS)

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

#define NUMBER_COUNT (sizeof numbers / sizeof *numbers)

static bool is_ignored(int number)
{
	struct sigaction action;
	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t interrupt_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		if (numbers[i] != SIGHUP || !is_ignored(SIGHUP))
			sigaddset(&set, numbers[i]);
	return set;
}

void interrupt_block(void)
{
	const sigset_t set = interrupt_signals();
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int interrupt_waiting(void)
{
	sigset_t pending;
	sigpending(&pending);
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		if (sigismember(&pending, numbers[i]) == 1)
			return numbers[i];
	return 0;
}

int interrupt_taken(void)
{
	const sigset_t set = interrupt_signals();
	const struct timespec now = {0};
	int number = sigtimedwait(&set, NULL, &now);
	return number > 0 ? number : 0;
}

bool interrupt_again(void)
{
	static int64_t first_ns;
	int64_t now_ns = clock_now_ns();
	if (first_ns == 0)
		first_ns = now_ns;
	return now_ns - first_ns >= TOGETHER_NS;
}

void interrupt_unblock(void)
{
	const sigset_t set = interrupt_signals();
	while (interrupt_taken() != 0)
		;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static char *const *volatile half_made;
static volatile sig_atomic_t half_made_count;

static void remove_and_end(int number)
{
	for (sig_atomic_t i = 0; i < half_made_count; i++)
		unlink(half_made[i]);
	signal(number, SIG_DFL);
	raise(number);
}

static void listen_to(int number)
{
	struct sigaction action = {.sa_handler = remove_and_end};
	if (!is_ignored(number))
		sigaction(number, &action, NULL);
}

void interrupt_removes(char *const *paths, size_t count)
{
	half_made_count = 0;
	half_made = paths;
	half_made_count = (sig_atomic_t)count;
	listen_to(SIGINT);
	listen_to(SIGTERM);
	listen_to(SIGHUP);
}
