#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return "file";
	if (S_ISDIR(mode))
		return "folder";
	return S_ISFIFO(mode) ? "pipe" : "other";
}

const char *input_kind(const char *path)
{
	struct stat facts;
	return stat(path, &facts) == 0 ? kind_of(facts.st_mode) : NULL;
}

bool input_is_file(const char *path)
{
	struct stat facts;
	return stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
}

bool input_is_same(const char *path, const char *other)
{
	struct stat one, two;
	return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev &&
	       one.st_ino == two.st_ino;
}

static bool check_kind(int descriptor, struct error *error)
{
	struct stat facts;
	if (fstat(descriptor, &facts) != 0)
		return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
	if (S_ISREG(facts.st_mode) || S_ISFIFO(facts.st_mode))
		return true;
	return error_set(error, ERROR_USAGE, "it is %s",
		S_ISDIR(facts.st_mode) ? "a folder" : "neither a file nor a pipe");
}

/* A pipe without a writer is at its end; what another one has yet to write is waited for. */
static ssize_t read_first(int descriptor, void *chunk, size_t size)
{
	ssize_t count = read(descriptor, chunk, size);
	bool is_yet_to_come = count < 0 && errno == EAGAIN;
	if (fcntl(descriptor, F_SETFL, 0) != 0)
		return -1;
	return is_yet_to_come ? read(descriptor, chunk, size) : count;
}

static bool read_all(int descriptor, struct buffer *out, struct error *error)
{
	char chunk[16384];
	ssize_t size = read_first(descriptor, chunk, sizeof chunk);
	while (size > 0) {
		if (!buffer_append(out, chunk, (size_t)size))
			return error_set(
				error, ERROR_LIMIT, "it is larger than %zu MiB", out->limit >> 20);
		size = read(descriptor, chunk, sizeof chunk);
	}
	return size == 0 || error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
}

bool input_read(const char *path, struct buffer *out, struct error *error)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0)
		return error_set(error, ERROR_USAGE, "%s", strerror(errno));
	bool ok = check_kind(descriptor, error) && read_all(descriptor, out, error);
	close(descriptor);
	return ok;
}
