/* A database that was deleted or moved away while it was open: SQLite goes on writing to what has
 * no name any more. */
#include "store/store_internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <unistd.h>

bool store_has_moved(struct store *store)
{
	int moved = 0;
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved != 0;
}

/* The caller's. */
static char *free_name(const char *path)
{
	char *name = memory_format("%s.rescue.db", path);
	for (int number = 2; access(name, F_OK) == 0; number++) {
		free(name);
		name = memory_format("%s.rescue%d.db", path, number);
	}
	return name;
}

/* Into a file that is not there, or is empty. */
static struct store *copy_to(struct store *store, const char *path, struct error *error)
{
	char *sql = sqlite3_mprintf("VACUUM INTO %Q", path);
	bool copied = store_execute(store, sql, error);
	sqlite3_free(sql);
	if (!copied)
		unlink(path);
	return copied ? store_open(path, STORE_WRITE, error) : NULL;
}

static struct store *copy_elsewhere(struct store *store, struct error *error)
{
	char *path;
	int file = store_open_elsewhere(store->path, ".rescue.db", &path);
	struct store *copy = NULL;
	if (file >= 0) {
		close(file);
		copy = copy_to(store, path, error);
	}
	free(path);
	return copy;
}

struct store *store_copy_beside(struct store *store, struct error *error)
{
	char *path = free_name(store->path);
	struct store *copy = copy_to(store, path, error);
	free(path);
	return copy != NULL ? copy : copy_elsewhere(store, error);
}
