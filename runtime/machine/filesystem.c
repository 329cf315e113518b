/* Which file system a path is on: SQLite's WAL needs memory that all its users share. */
#include "machine/facts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct {
	uint32_t magic;
	const char *name;
} networks[] = {
	{0x6969, "nfs"},
	{0x517b, "smb"},
	{0xff534d42, "cifs"},
	{0xfe534d42, "smb3"},
	{0x01021997, "9p"},
	{0x00c36400, "ceph"},
	{0x0bd00bd0, "lustre"},
	{0x5346414f, "afs"},
	{0x6b414653, "kafs"},
	{0x73757245, "coda"},
	{0x47504653, "gpfs"},
	{0x19830326, "beegfs"},
	{0x7461636f, "ocfs2"},
	{0x01161970, "gfs2"},
	{0x786f4256, "vboxsf"},
	{0xbacbacbc, "vmhgfs"},
};

#define FUSE_MAGIC 0x65735546

/* The type that mountinfo tells: "36 35 98:0 /root /mnt rw master:1 - ext3 /dev/root rw". */
static bool type_of_mount(
	const char *line, unsigned wanted_major, unsigned wanted_minor, char *type, size_t size)
{
	unsigned found_major, found_minor;
	char name[64];
	const char *divider = strstr(line, " - ");
	if (sscanf(line, "%*d %*d %u:%u", &found_major, &found_minor) != 2 || divider == NULL ||
		found_major != wanted_major || found_minor != wanted_minor ||
		sscanf(divider, " - %63s", name) != 1)
		return false;
	snprintf(type, size, "%s", name);
	return true;
}

static bool mount_type(const char *path, char *type, size_t size)
{
	struct stat status;
	FILE *mounts = stat(path, &status) == 0 ? fopen("/proc/self/mountinfo", "re") : NULL;
	if (mounts == NULL)
		return false;
	char line[4096];
	bool found = false;
	while (!found && fgets(line, sizeof line, mounts) != NULL)
		found = type_of_mount(line, major(status.st_dev), minor(status.st_dev), type, size);
	fclose(mounts);
	return found;
}

bool facts_network_type(uint32_t magic, const char *type, char *name, size_t size)
{
	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
		if (networks[i].magic == magic) {
			snprintf(name, size, "%s", networks[i].name);
			return true;
		}
	snprintf(name, size, "%s", type != NULL ? type : "");
	if (magic != FUSE_MAGIC)
		return false;
	if (name[0] == '\0')
		snprintf(name, size, "fuse");
	/* fuseblk has a block device of this machine under it; of all others nobody can be sure. */
	return strcmp(name, "fuseblk") != 0;
}

/* The folder that a file is or will be in. */
static void folder_of(const char *path, char folder[PATH_MAX])
{
	snprintf(folder, PATH_MAX, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash == NULL)
		snprintf(folder, PATH_MAX, ".");
	else
		slash[slash == folder ? 1 : 0] = '\0';
}

bool facts_network_file_system(const char *path, char *name, size_t size)
{
	struct statfs system;
	char place[PATH_MAX], type[64] = "";
	snprintf(place, sizeof place, "%s", path);
	while (statfs(place, &system) != 0) {
		char above[PATH_MAX];
		folder_of(place, above);
		if (strcmp(above, place) == 0) {
			snprintf(name, size, "%s", "");
			return false;
		}
		memcpy(place, above, sizeof place);
	}
	mount_type(place, type, sizeof type);
	return facts_network_type((uint32_t)system.f_type, type, name, size);
}
