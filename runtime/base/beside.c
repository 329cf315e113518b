#include "base/beside.h"

#include "base/interrupt.h"
#include "base/memory.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* is_new: facts are not filled. */
static bool make_file(const char *name, bool is_new, const struct stat *facts)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_new ? 0666 : 0600);
	if (fd < 0)
		return false;
	if (!is_new) {
		(void)!fchown(fd, facts->st_uid, facts->st_gid);
		fchmod(fd, facts->st_mode & 0777);
	}
	close(fd);
	return true;
}

struct beside beside_make(const char *path)
{
	static struct beside last;
	struct stat facts;
	interrupt_removes(NULL, 0);
	free(last.name);
	free(last.place);
	last = (struct beside){NULL, NULL};
	bool is_new = path != NULL && stat(path, &facts) != 0;
	bool is_link = is_new && lstat(path, &facts) == 0; /* to what is not there */
	if (path == NULL || is_link || (!is_new && !S_ISREG(facts.st_mode)))
		return last;
	last.place = is_new ? memory_text(path) : realpath(path, NULL);
	last.name =
		memory_format("%s.part-%d", last.place != NULL ? last.place : path, (int)getpid());
	if (last.place == NULL || !make_file(last.name, is_new, &facts))
		return (struct beside){NULL, NULL};
	interrupt_removes(&last.name, 1);
	return last;
}
