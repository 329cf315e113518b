/* SIGINT, SIGTERM and SIGHUP, which ask a process to end. */
#ifndef BENCH_BASE_INTERRUPT_H
#define BENCH_BASE_INTERRUPT_H

/* They wait from now on, in this thread and those that it starts, for a loop that listens. */
void interrupt_block(void);
/* What waits is forgotten, and the next one ends the process. */
void interrupt_unblock(void);

#endif
