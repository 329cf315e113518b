#include "script/folder.h"

#include "base/memory.h"
#include "script/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct allowed {
	struct allowed *next;
	char *text; /* as the user wrote it */
	char *real; /* where that is, seen from where the user stands */
};

struct folder {
	char *real; /* NULL: there is none */
	struct allowed *allowed;
};

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		return realpath(".", NULL);
	if (slash == path)
		return realpath("/", NULL);
	char *folder = memory_bytes(path, (size_t)(slash - path));
	char *real = realpath(folder, NULL);
	free(folder);
	return real;
}

void folder_new(struct host *host)
{
	host->folder = memory_new(sizeof *host->folder);
	const struct host_settings *settings = &host->settings;
	if (settings->script_path != NULL && !settings->script_embedded &&
		!settings->script_foreign && settings->script_path[0] != '\0')
		host->folder->real = folder_of(settings->script_path);
}

void folder_free(struct host *host)
{
	struct folder *folder = host->folder;
	while (folder->allowed != NULL) {
		struct allowed *allowed = folder->allowed;
		folder->allowed = allowed->next;
		free(allowed->text);
		free(allowed->real);
		free(allowed);
	}
	free(folder->real);
	free(folder);
}

void folder_allow(struct host *host, const char *path)
{
	struct allowed *allowed = memory_new(sizeof *allowed);
	allowed->text = memory_text(path);
	allowed->real = realpath(path, NULL);
	allowed->next = host->folder->allowed;
	host->folder->allowed = allowed;
}

static const struct allowed *find_allowed(const struct folder *folder, const char *path)
{
	for (const struct allowed *allowed = folder->allowed; allowed != NULL;
		allowed = allowed->next)
		if (strcmp(allowed->text, path) == 0)
			return allowed;
	return NULL;
}

static bool is_below(const char *folder, const char *real)
{
	size_t size = strlen(folder);
	return strcmp(folder, "/") == 0 || (strncmp(real, folder, size) == 0 && real[size] == '/');
}

static char *real_below(const char *folder, const char *path)
{
	if (path[0] == '/')
		return realpath(path, NULL);
	char *joined = memory_format("%s/%s", folder, path);
	char *real = realpath(joined, NULL);
	free(joined);
	return real;
}

/* Where the file is, if the script may read it; free with free(). */
static char *find_file(struct host *host, const char *path, struct error *error)
{
	const struct folder *folder = host->folder;
	const struct allowed *allowed = find_allowed(folder, path);
	if (allowed != NULL && allowed->real != NULL)
		return memory_text(allowed->real);
	if (allowed != NULL) {
		error_set(error, ERROR_USAGE, "no file %s", path);
		return NULL;
	}
	if (folder->real == NULL) {
		error_set(error, ERROR_USAGE, "%s: %s", path,
			host->settings.script_foreign
				? "the script of somebody else's run has no folder to read from; "
				  "bench script RUN > FILE.lua puts it into one (a run out of a "
				  "file that --db names may be somebody else's; BENCH_DB=FILE says "
				  "that it is yours)"
				: "a ready scenario has no folder to read from");
		return NULL;
	}
	char *real = real_below(folder->real, path);
	if (real != NULL && is_below(folder->real, real))
		return real;
	if (real != NULL)
		error_set(error, ERROR_USAGE,
			"%s lies outside of the script's folder; name it on the command line, in "
			"an option of the script, to let it be read",
			path);
	else if (errno == ENOENT)
		error_set(error, ERROR_USAGE, "no file %s below the script's folder", path);
	else
		error_set(error, ERROR_USAGE, "cannot read %s: %s", path, strerror(errno));
	free(real);
	return NULL;
}

/* As many bytes, or fewer where it ends before. */
static bool read_head(int descriptor, size_t most, struct buffer *out)
{
	char chunk[16384];
	ssize_t size = 1;
	while (most > 0 && size > 0) {
		size = read(descriptor, chunk, most < sizeof chunk ? most : sizeof chunk);
		if (size < 0 || !buffer_append(out, chunk, (size_t)size))
			return false;
		most -= (size_t)size;
	}
	return true;
}

static bool is_regular(int descriptor, struct stat *facts)
{
	return fstat(descriptor, facts) == 0 && S_ISREG(facts->st_mode);
}

int folder_open(struct host *host, const char *path, struct error *error)
{
	char *real = find_file(host, path, error);
	if (real == NULL)
		return -1;
	int descriptor = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	free(real);
	struct stat facts;
	if (descriptor >= 0 && is_regular(descriptor, &facts))
		return descriptor;
	if (descriptor < 0) {
		error_set(error, ERROR_SYSTEM, "cannot read %s: %s", path, strerror(errno));
		return -1;
	}
	close(descriptor);
	error_set(error, ERROR_USAGE, "%s is not a regular file", path);
	return -1;
}

bool folder_read(struct host *host, const char *path, struct buffer *out, struct error *error)
{
	int descriptor = folder_open(host, path, error);
	if (descriptor < 0)
		return false;
	struct stat facts;
	bool ok = true;
	if (is_regular(descriptor, &facts) && (uint64_t)facts.st_size > FOLDER_FILE_LIMIT)
		ok = error_set(error, ERROR_LIMIT,
			"%s is larger than 64 MiB, the most that a script reads", path);
	else if (!read_head(descriptor, SIZE_MAX, out))
		ok = error_set(error, ERROR_SYSTEM, "cannot read %s whole", path);
	close(descriptor);
	return ok;
}

bool folder_head(const char *path, size_t most, struct buffer *out, struct error *error)
{
	struct stat facts;
	if (path[0] != '/')
		return error_set(error, ERROR_USAGE, "%s is no absolute path", path);
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0)
		return error_set(error, ERROR_SYSTEM, "cannot read %s: %s", path, strerror(errno));
	bool ok = is_regular(descriptor, &facts) && read_head(descriptor, most, out);
	close(descriptor);
	return ok || error_set(error, ERROR_USAGE, "%s cannot be read as a regular file", path);
}
