/* A new database is a copy of the empty one that the build made (image.c): making its tables and
 * views anew would be a third of what a small run takes. */
#include "store/store_internal.h"

#include "base/interrupt.h"
#include "base/memory.h"
#include "embedded.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 4

/* A database and what SQLite puts beside it. */
static const char *const endings[FILES] = {"", "-wal", "-journal", "-shm"};

/* SQLite would take the log of a file that is gone for ours. */
static bool has_remains(const char *path)
{
	bool found = false;
	for (size_t i = 0; i < FILES && !found; i++) {
		char *name = memory_format("%s%s", path, endings[i]);
		found = access(name, F_OK) == 0;
		free(name);
	}
	return found;
}

char *store_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? memory_bytes(path, (size_t)(slash - path) + 1) : memory_text("./");
}

int store_nameless_beside(const char *path)
{
	char *folder = store_folder_of(path);
	int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	free(folder);
	return fd;
}

void store_lay_new(const char *path)
{
	const struct embedded_file *image = embedded_find("db/image");
	int fd = image == NULL || has_remains(path) ? -1 : store_nameless_beside(path);
	if (fd < 0)
		return;
	char name[64];
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (write(fd, image->data, image->size) == (ssize_t)image->size)
		(void)!linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	close(fd);
}

void store_half_made(const char *path)
{
	static char *names[FILES];
	interrupt_removes(NULL, 0);
	for (size_t i = 0; i < FILES; i++) {
		free(names[i]);
		names[i] = path != NULL ? memory_format("%s%s", path, endings[i]) : NULL;
	}
	if (path != NULL)
		interrupt_removes(names, FILES);
}
