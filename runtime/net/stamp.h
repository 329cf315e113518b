/* When bytes arrived, by the kernel's clock. See stamp.c for the trick. A socket's state belongs to
 * the thread that opened it here; other threads' sockets are read as ever. */
#ifndef BENCH_NET_STAMP_H
#define BENCH_NET_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stamp {
	int64_t t_ns; /* monotonic */
	bool kernel;  /* by the kernel; else the user clock at the read */
};

/* Asks the kernel to stamp packets, by a dummy socket that stays open for the run. It takes some
 * milliseconds until it does: who calls this early need not wait for it in the self-test. */
void stamp_wake(void);
/* Proves over a loopback pair that libcurl's reads go through our recv and that the kernel stamps
 * them; waits at most 200 ms for the first stamp. False: the user clock is used from now on. Once
 * per process, before the first request. */
bool stamp_self_test(void);
void stamp_disable(void); /* for tests: the user clock, as on a machine where the trick fails */

/* A socket of ours, fresh, before it is connected: asks for stamps and for a large receive buffer.
 * whole: reads are not cut at segments (TLS, where a record counts as a whole). */
void stamp_open(int fd, bool whole);
/* As stamp_open(fd, true) for one that was accepted: it may have received before we saw it. */
void stamp_open_accepted(int fd);
void stamp_close(int fd); /* before the descriptor is closed */
/* The stamp of the last byte that was read from fd; the user clock now where there is none. */
struct stamp stamp_last(int fd);

/* Who wants the body of a chunked answer past libcurl says before it comes that its head, up to the
 * empty line, is to be handed over by itself. Once libcurl has taken that, stamp_divert is true if
 * it came in one read: then nothing of the body was read, and libcurl will find nothing to read
 * until it is handed something back. */
void stamp_cut_head(int fd);
bool stamp_divert(int fd);
/* As libcurl would read; *more: something is left that can be read at once. The end and errors are
 * left for libcurl to find. */
ssize_t stamp_read(int fd, void *data, size_t size, bool *more);
/* libcurl reads again, first what it is handed here (copied; several times in a row: in that
 * order), whose stamp is that of the last read. */
void stamp_hand_back(int fd, const void *data, size_t size);
size_t stamp_owed(int fd); /* how much of that it did not read yet */

/* This often libcurl may read in this thread until the next turn, then it finds nothing: it goes on
 * as long as something comes that is for no request (HTTP/2's frames of control), and so would a
 * server. Without a turn it may for ever. */
void stamp_begin_turn(unsigned reads);

/* The number of reads so far, and when the last send() returned; 0 where nothing was sent. */
uint64_t stamp_reads(int fd);
int64_t stamp_sent_ns(int fd);
/* How reading a whole one ended: the errno of the first that failed, STAMP_CLOSED where the other
 * side had closed, 0 while it goes on. */
#define STAMP_CLOSED (-1)
int stamp_ended(int fd);

#endif
