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

struct store *store_copy_beside(struct store *store, struct error *error)
{
	char *path = free_name(store->path);
	char *sql = sqlite3_mprintf("VACUUM INTO %Q", path);
	struct store *copy = NULL;
	if (store_execute(store, sql, error))
		copy = store_open(path, STORE_WRITE, error);
	sqlite3_free(sql);
	free(path);
	return copy;
}
