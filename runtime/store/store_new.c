/* A new database is a copy of the empty one that the build made (image.c): making its tables and
 * views anew would be a third of what a small run takes. */
#include "store/store_internal.h"

#include "embedded.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* SQLite would take the log of a file that is gone for ours. */
static bool has_remains(const char *path)
{
	static const char *const endings[] = {"", "-wal", "-journal"};
	struct buffer name;
	bool found = false;
	buffer_init(&name, BUFFER_UNLIMITED);
	for (size_t i = 0; i < sizeof endings / sizeof *endings && !found; i++) {
		buffer_clear(&name);
		buffer_format(&name, "%s%s", path, endings[i]);
		found = access(buffer_string(&name), F_OK) == 0;
	}
	buffer_free(&name);
	return found;
}

static int open_nameless(const char *path)
{
	struct buffer folder;
	const char *slash = strrchr(path, '/');
	buffer_init(&folder, BUFFER_UNLIMITED);
	buffer_text(&folder, "./");
	if (slash != NULL) {
		buffer_clear(&folder);
		buffer_append(&folder, path, (size_t)(slash - path) + 1);
	}
	int fd = open(buffer_string(&folder), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	buffer_free(&folder);
	return fd;
}

void store_lay_new(const char *path)
{
	const struct embedded_file *image = embedded_find("db/image");
	int fd = image == NULL || has_remains(path) ? -1 : open_nameless(path);
	if (fd < 0)
		return;
	char name[64];
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (write(fd, image->data, image->size) == (ssize_t)image->size)
		(void)!linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	close(fd);
}
