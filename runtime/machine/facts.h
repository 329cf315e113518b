/* What this machine is. */
#ifndef BENCH_MACHINE_FACTS_H
#define BENCH_MACHINE_FACTS_H

#include "base/buffer.h"

#include <stdint.h>

/* Their versions, as far as they are known; NULL: not. */
struct facts_libraries {
	const char *curl, *lua, *sqlite;
};

/* Appends one JSON object with sorted keys: arch, cores, cpu, curl, device, governor, kernel, lua,
 * memory (bytes), os, sqlite. Unknown facts are left out. */
void facts_json(struct buffer *out, const struct facts_libraries *libraries);

struct facts_usage {        /* of the calling thread and the process, since it began */
	int64_t cpu_ns;     /* this thread */
	int64_t waiting_ns; /* runnable but not running, /proc/thread-self/schedstat; -1 unknown */
	int64_t rss_bytes;  /* the process */
};
void facts_usage(struct facts_usage *usage);
/* Its waiting_ns alone: a file less to read, each second of a run. */
int64_t facts_waiting_ns(void);

/* Raises this process's own limit of descriptors to the hard one. */
void facts_raise_descriptors(void);
/* How many descriptors this process may have (INT64_MAX: no limit), and how many it has. */
struct facts_descriptors {
	int64_t limit, open;
};
struct facts_descriptors facts_descriptors(void);

/* Start time of a process in clock ticks since boot, /proc/PID/stat field 22; 0 when it has ended,
 * also where nobody has waited for it: in a container there may be nobody who ever does. */
uint64_t facts_process_start(int64_t pid);
/* "ext4", "nfs", "fuse.sshfs"..., "" where nobody knows; true when a database there must not use
 * WAL: network file systems, and FUSE without a block device. The path need not exist yet. */
bool facts_network_file_system(const char *path, char *name, size_t size);
/* The same judgement from what statfs and mountinfo say; type may be NULL. */
bool facts_network_type(uint32_t magic, const char *type, char *name, size_t size);

#endif
