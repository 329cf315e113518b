/* SIGINT, SIGTERM and SIGHUP, which ask a process to end. */
#ifndef BENCH_BASE_INTERRUPT_H
#define BENCH_BASE_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Those of them that are not ignored: who ignores hang-ups (nohup) wants the program to outlive its
 * terminal. */
sigset_t interrupt_signals(void);
/* They wait from now on, in this thread and those that it starts, for a loop that listens. */
void interrupt_block(void);
/* The number of one that waits; 0: none does. */
int interrupt_waiting(void);
/* The same, and it is taken away. */
int interrupt_taken(void);
/* One was taken: whether it asks again. What comes right behind the first does not: timeout (1)
 * sends its signal to the program and then to its group, and a wrapper passes on the Ctrl-C that
 * the program got by itself. Of one thread. */
bool interrupt_again(void);
/* What waits is forgotten, and the next one ends the process. */
void interrupt_unblock(void);
/* A signal that ends the process takes these files away first, since they are half made; of count 0
 * none is. The paths are borrowed until the next call. */
void interrupt_removes(char *const *paths, size_t count);

#endif
