/* Open a run database, brought up to date, its crashed runs mended. */
#include "store/store_internal.h"

#include "base/memory.h"
#include "machine/facts.h"

/* The summary of a crashed run is made when it is next opened; a file that cannot be written is
 * read as it is. */
static void mend_first(struct store *reader)
{
	int64_t version;
	if (!store_pragma_integer(reader, "PRAGMA user_version", &version, NULL) ||
		version != store_known_version() || !store_needs_mending(reader))
		return;
	struct store *writer = store_open(reader->path, STORE_WRITE, NULL);
	if (writer == NULL)
		return;
	store_mend(writer, NULL);
	store_close(writer);
}

struct store *store_open(const char *path, enum store_mode mode, struct error *error)
{
	char type[32] = "";
	bool network = facts_network_file_system(path, type, sizeof type);
	struct store *store = store_connect(path, mode, network, error);
	if (store == NULL)
		return NULL;
	if (network)
		store->warning = memory_format(
			"%s is on a network file system (%s): no write-ahead log there, and one "
			"bench at a time. A local file (--db) is faster and safer",
			path, type);
	if (mode == STORE_WRITE &&
		!(store_migrate(store, error) && store_wait_for_disk(store, error))) {
		store_close(store);
		return NULL;
	}
	if (mode == STORE_READ)
		mend_first(store);
	return store;
}
