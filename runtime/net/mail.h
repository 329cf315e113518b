/* Messages between the processes of one run: bytes with a tag, whole and in order, over a stream
 * socket on the loop. What does not go out at once waits in memory, so that nobody is held up by
 * one who does not read. */
#ifndef BENCH_NET_MAIL_H
#define BENCH_NET_MAIL_H

#include "net/loop.h"

#include <stddef.h>
#include <stdint.h>

/* Tags of what a worker sends; the others get its number instead, and -1 - number when it
 * is gone. */
#define MAIL_TELL 0   /* for all others */
#define MAIL_REPORT 1 /* its last word, for whoever started it */

struct mail;

struct mail_events {
	/* The bytes are borrowed. */
	void (*message)(void *context, int32_t tag, const char *data, size_t size);
	/* The other side is gone; called once, nothing comes after it. It may free the mail. */
	void (*ended)(void *context);
	void *context;
};

/* The descriptor stays the caller's, and must outlive the mail; it no longer blocks. */
struct mail *mail_new(struct loop *loop, int fd, const struct mail_events *events);
/* What waits to go out is sent before, as far as there is somebody who reads. NULL does nothing. */
void mail_free(struct mail *mail);
void mail_send(struct mail *mail, int32_t tag, const char *data, size_t size);
/* One message without a mail, at once; any thread. */
void mail_write(int fd, int32_t tag, const char *data, size_t size);

#endif
