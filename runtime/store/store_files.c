/* The .sql files that belong to the program: embedded, or from $BENCH_LIB while developing. */
#include "store/store_internal.h"

#include "base/memory.h"
#include "embedded.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
	char **paths;
	size_t count;
};

static void list_add(struct list *list, char *path)
{
	list->paths = memory_resize(list->paths, list->count + 1, sizeof *list->paths);
	list->paths[list->count++] = path;
}

static bool ends_in_sql(const char *name)
{
	size_t size = strlen(name);
	return size > 4 && strcmp(name + size - 4, ".sql") == 0;
}

static char *join(const char *folder, const char *name, const char *tree)
{
	struct buffer path;
	buffer_init(&path, BUFFER_UNLIMITED);
	if (tree != NULL)
		buffer_format(&path, "%s/", tree);
	buffer_text(&path, folder);
	if (name != NULL)
		buffer_format(&path, "/%s", name);
	return buffer_detach(&path, NULL);
}

static void list_embedded(struct list *list, const char *folder)
{
	size_t size = strlen(folder);
	for (const struct embedded_file *file = embedded_files; file->path != NULL; file++)
		if (strncmp(file->path, folder, size) == 0 && file->path[size] == '/' &&
			ends_in_sql(file->path))
			list_add(list, memory_text(file->path));
}

static void list_disk(struct list *list, const char *tree, const char *folder)
{
	char *place = join(folder, NULL, tree);
	DIR *directory = opendir(place);
	free(place);
	if (directory == NULL)
		return;
	for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
		if (ends_in_sql(entry->d_name))
			list_add(list, join(folder, entry->d_name, NULL));
	closedir(directory);
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

char **store_sql_files(const char *folder, size_t *count)
{
	struct list list = {0};
	const char *tree = getenv("BENCH_LIB");
	if (tree != NULL && tree[0] != '\0')
		list_disk(&list, tree, folder);
	else
		list_embedded(&list, folder);
	if (list.count > 1)
		qsort(list.paths, list.count, sizeof *list.paths, compare_paths);
	*count = list.count;
	return list.paths;
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
