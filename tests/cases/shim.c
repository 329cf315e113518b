/* Preloaded into bench by a few cases: a wall clock that jumps or begins elsewhere, a machine that
 * sleeps, a file system that says it is a network share. It changes only what a real machine could
 * answer as well.
 *   SHIM_BACK_AFTER_MS=N  CLOCK_REALTIME is an hour behind from N ms after the start of the program
 *   SHIM_SLEPT_AFTER_MS=N the machine sleeps for an hour N ms after the start of the program
 *   SHIM_EPOCH=S          CLOCK_REALTIME begins at S seconds since 1970
 *   SHIM_STATFS=nfs|smb|fuse
 * dlsym's answer goes through a void pointer, as POSIX says. Where `long` has 32 bits, libc's
 * functions with 64-bit times have names of their own; those for large files have everywhere. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <time.h>

#define CLOCK_NAME (sizeof(time_t) > sizeof(long) ? "__clock_gettime64" : "clock_gettime")
#define NFS_MAGIC 0x6969
#define SMB2_MAGIC 0xFE534D42
#define FUSE_MAGIC 0x65735546

typedef int (*clock_fn)(clockid_t, struct timespec *);
typedef int (*statfs_fn)(const char *, struct statfs *);
typedef int (*fstatfs_fn)(int, struct statfs *);

static clock_fn real_clock;
static struct timespec start_monotonic, start_wall;

__attribute__((constructor)) static void remember_start(void)
{
	*(void **)&real_clock = dlsym(RTLD_NEXT, CLOCK_NAME);
	real_clock(CLOCK_MONOTONIC, &start_monotonic);
	real_clock(CLOCK_REALTIME, &start_wall);
}

static long long since_start_ms(void)
{
	struct timespec now;
	real_clock(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start_monotonic.tv_sec) * 1000LL +
	       (now.tv_nsec - start_monotonic.tv_nsec) / 1000000;
}

static bool has_come(const char *name)
{
	const char *after = getenv(name);
	return after != NULL && since_start_ms() >= atoll(after);
}

static void move_wall_clock(struct timespec *time)
{
	const char *epoch = getenv("SHIM_EPOCH");
	if (epoch != NULL)
		time->tv_sec += atoll(epoch) - start_wall.tv_sec;
	if (has_come("SHIM_BACK_AFTER_MS"))
		time->tv_sec -= 3600;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	if (real_clock == NULL)
		remember_start();
	int result = real_clock(clock, time);
	if (result != 0)
		return result;
	bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
	if (wall)
		move_wall_clock(time);
	if ((wall || clock == CLOCK_BOOTTIME) && has_come("SHIM_SLEPT_AFTER_MS"))
		time->tv_sec += 3600;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	(void)zone;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

static void pretend_share(struct statfs *out)
{
	const char *type = getenv("SHIM_STATFS");
	if (type == NULL)
		return;
	if (strcmp(type, "nfs") == 0)
		out->f_type = NFS_MAGIC;
	else if (strcmp(type, "smb") == 0)
		out->f_type = SMB2_MAGIC;
	else if (strcmp(type, "fuse") == 0)
		out->f_type = FUSE_MAGIC;
}

int statfs(const char *path, struct statfs *out)
{
	statfs_fn real;
	*(void **)&real = dlsym(RTLD_NEXT, "statfs64");
	int result = real(path, out);
	if (result == 0)
		pretend_share(out);
	return result;
}

int fstatfs(int file, struct statfs *out)
{
	fstatfs_fn real;
	*(void **)&real = dlsym(RTLD_NEXT, "fstatfs64");
	int result = real(file, out);
	if (result == 0)
		pretend_share(out);
	return result;
}
