/* How much of this machine's cores a control group (of a container, of a service) leaves to what
 * runs in it. */
#ifndef BENCH_MACHINE_QUOTA_H
#define BENCH_MACHINE_QUOTA_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

#define QUOTA_ROOT "/sys/fs/cgroup"
#define QUOTA_GROUPS "/proc/self/cgroup"

struct quota {
	char folder[512];  /* of the group; "" where none has a limit, or none is seen */
	double cores;      /* it may have at once */
	int64_t periods;   /* in which it ran, since it was made */
	int64_t throttled; /* of them, those in which it had to stand still */
};

/* Of the groups of this process, which the file groups names, and of those above them the one with
 * the least. */
void quota_find(const char *root, const char *groups, struct quota *quota);
/* Appends a warning where the group stood still for more than a few of its periods since it was
 * found; nothing otherwise. */
void quota_append_words(struct buffer *out, const struct quota *found);

#endif
