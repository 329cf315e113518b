/* The .sql files that belong to the program: embedded, or from $BENCH_LIB while developing. */
#include "store/store_internal.h"

#include "base/memory.h"
#include "embedded.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_in_sql(const char *name)
{
	size_t size = strlen(name);
	return size > 4 && strcmp(name + size - 4, ".sql") == 0;
}

static void list_embedded(struct store_names *list, const char *folder)
{
	size_t size = strlen(folder);
	for (const struct embedded_file *file = embedded_files; file->path != NULL; file++)
		if (strncmp(file->path, folder, size) == 0 && file->path[size] == '/' &&
			ends_in_sql(file->path))
			store_names_add(list, memory_text(file->path));
}

static void list_disk(struct store_names *list, const char *tree, const char *folder)
{
	char *place = memory_format("%s/%s", tree, folder);
	DIR *directory = opendir(place);
	free(place);
	if (directory == NULL)
		return;
	for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
		if (ends_in_sql(entry->d_name))
			store_names_add(list, memory_format("%s/%s", folder, entry->d_name));
	closedir(directory);
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

struct store_names store_sql_files(const char *folder)
{
	struct store_names files = {0};
	const char *tree = getenv("BENCH_LIB");
	if (tree != NULL && tree[0] != '\0')
		list_disk(&files, tree, folder);
	else
		list_embedded(&files, folder);
	if (files.count > 1)
		qsort(files.list, files.count, sizeof *files.list, compare_paths);
	return files;
}

const char *store_statement_text(const char *name, struct error *error)
{
	char path[128];
	const struct embedded_file *file = NULL;
	if (snprintf(path, sizeof path, "db/statements/%s.sql", name) < (int)sizeof path)
		file = embedded_find(path);
	if (file != NULL)
		return file->data;
	error_set(error, ERROR_STORE, "There is no statement \"%s\" (db/statements/%s.sql)", name,
		name);
	return NULL;
}
