/* When bytes arrived, by the kernel's clock. See stamp.c for the trick. A socket's state belongs to
 * the thread that opened it here; other threads' sockets are read as ever. */
#ifndef BENCH_NET_STAMP_H
#define BENCH_NET_STAMP_H

#include <stdbool.h>
#include <stdint.h>

struct stamp {
	int64_t t_ns; /* monotonic */
	bool kernel;  /* by the kernel; else the user clock at the read */
	bool merged;  /* several lines came with this one stamp: more than one segment may share it
		       */
};

/* Proves over a loopback pair that libcurl's reads go through our recv and that the kernel stamps
 * them; waits at most 200 ms for the first stamp. False: the user clock is used from now on. Keeps
 * a dummy socket open for the run. Once per process, before the first request. */
bool stamp_self_test(void);
void stamp_disable(void); /* for tests: the user clock, as on a machine where the trick fails */

/* A socket of ours, fresh, before it is connected: asks for stamps and for a large receive buffer.
 * whole: reads are not cut at segments (TLS, where a record counts as a whole). */
void stamp_open(int fd, bool whole);
void stamp_close(int fd); /* before the descriptor is closed */
/* The stamp of the last byte that was read from fd; the user clock now where there is none. */
struct stamp stamp_last(int fd);
/* The number of reads so far, and when the last send() returned; 0 where nothing was sent. */
uint64_t stamp_reads(int fd);
int64_t stamp_sent_ns(int fd);

#endif
