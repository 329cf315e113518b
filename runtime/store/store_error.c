/* SQLite's result codes as sentences: what happened, to which file, and what to do. */
#include "store/store_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool locked(const struct store *store, struct error *error, const char *doing)
{
	if (store->exclusive)
		return error_set(error, ERROR_STORE,
			"%s is on a network file system, where only one bench can use a database "
			"at a time, and another one does (%s). Wait for its end, or name another "
			"file with --db",
			store->path, doing);
	return error_set(error, ERROR_STORE,
		"%s stayed locked by another program for %d s (%s). Close that program, or name "
		"another file with --db",
		store->path, STORE_BUSY_MS / 1000, doing);
}

/* The file that rows are taken from while another one is attached; NULL where none is. */
static const char *source_of(const struct store *store)
{
	const char *path = sqlite3_db_filename(store->db, "other");
	return path != NULL && path[0] != '\0' ? path : NULL;
}

/* SQLite does not say which of two files it could not read. */
static bool damaged(const struct store *store, struct error *error, const char *doing)
{
	const char *source = source_of(store);
	return error_set(error, ERROR_STORE,
		"%s%s%s is damaged or no SQLite database (%s: %s). Move it away or name another "
		"file%s; `sqlite3 FILE .recover` may save what is in it",
		source != NULL ? source : "", source != NULL ? " or " : "", store->path, doing,
		sqlite3_errmsg(store->db), source != NULL ? "" : " with --db");
}

static bool unwritable(const struct store *store, struct error *error, const char *doing)
{
	return error_set(error, ERROR_STORE,
		"%s cannot be written: it or its folder is read-only (%s). Change its permissions "
		"or name another file with --db",
		store->path, doing);
}

/* Why a file could not be made in the folder of that path; 0: it can, as far as anybody knows. */
static int refusal_of_folder(const char *path)
{
	char *folder = store_folder_of(path);
	int reason = access(folder, W_OK | X_OK) != 0 ? errno : 0;
	free(folder);
	int file = reason == 0 ? store_nameless_beside(path) : -1;
	if (file >= 0)
		close(file);
	else if (reason == 0 && (errno == ENOSPC || errno == EDQUOT))
		reason = errno;
	return reason;
}

/* What SQLite could not open to write it tries to read, and remembers how that went: of a file that
 * it could not make, that there is none. Of what it could not write it may remember nothing. */
static int reason_of(const struct store *store)
{
	int remembered = sqlite3_system_errno(store->db);
	bool made_none = sqlite3_errcode(store->db) == SQLITE_CANTOPEN;
	if (store->mode == STORE_READ || (!made_none && remembered != 0))
		return remembered;
	bool there = access(store->path, W_OK) == 0;
	if (!there && errno != ENOENT)
		return errno;
	if (!made_none)
		return 0;
	int reason = refusal_of_folder(store->path);
	return reason != 0 || remembered == ENOENT ? reason : remembered;
}

static bool refused(const struct store *store, struct error *error, const char *doing)
{
	int reason = reason_of(store);
	if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
		return error_set(error, ERROR_STORE,
			"No room for %s (%s: %s). Make room, or name a file elsewhere with --db",
			store->path, doing, strerror(reason));
	return error_set(error, ERROR_STORE,
		"%s cannot be opened or used (%s: %s%s%s). Name another file with --db",
		store->path, doing, sqlite3_errmsg(store->db), reason != 0 ? ": " : "",
		reason != 0 ? strerror(reason) : "");
}

bool store_fail(const struct store *store, struct error *error, const char *doing)
{
	switch (sqlite3_errcode(store->db)) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return locked(store, error, doing);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return damaged(store, error, doing);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return unwritable(store, error, doing);
	case SQLITE_FULL:
		return error_set(error, ERROR_STORE,
			"No room for %s: the disk is full (%s). Make room, or name a file "
			"elsewhere with --db",
			store->path, doing);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return refused(store, error, doing);
	default:
		return error_set(error, ERROR_STORE, "%s: %s: %s", store->path, doing,
			sqlite3_errmsg(store->db));
	}
}
