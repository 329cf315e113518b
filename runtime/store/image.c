/* image OUT FILE...: a tool of the build, no part of bench. Writes OUT: the file that a database
 * without a run is, made by the SQL in FILE... A new one is a copy of it (store_new.c). */
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static __attribute__((noreturn)) void fail(const char *path, const char *message)
{
	fprintf(stderr, "image: %s: %s\n", path, message);
	exit(EXIT_FAILURE);
}

static void execute(sqlite3 *db, const char *path, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail(path, sqlite3_errmsg(db));
}

static void execute_file(sqlite3 *db, const char *path)
{
	char text[1 << 16];
	FILE *stream = fopen(path, "rb");
	size_t size = stream != NULL ? fread(text, 1, sizeof text, stream) : 0;
	if (size == 0 || size == sizeof text)
		fail(path, "cannot be read, or is too long");
	fclose(stream);
	text[size] = '\0';
	execute(db, path, text);
}

int main(int argc, char **argv)
{
	sqlite3 *db;
	char pragma[64];
	if (argc < 3)
		fail("OUT FILE...", "are needed");
	unlink(argv[1]);
	if (sqlite3_open(argv[1], &db) != SQLITE_OK)
		fail(argv[1], sqlite3_errmsg(db));
	execute(db, argv[1], "PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; BEGIN");
	snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
	execute(db, argv[1], pragma);
	for (int i = 2; i < argc; i++)
		execute_file(db, argv[i]);
	execute(db, argv[1], "COMMIT");
	if (sqlite3_close(db) != SQLITE_OK)
		fail(argv[1], "cannot be written");
	return EXIT_SUCCESS;
}
