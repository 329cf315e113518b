#include "embedded.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_path(const void *path, const void *file)
{
	return strcmp(path, ((const struct embedded_file *)file)->path);
}

/* Files read from $BENCH_LIB stay in memory for the life of the process, under their full name. */
struct read_file {
	struct embedded_file file;
	char *name;
	struct read_file *next;
};
static struct read_file *read_files;
static pthread_mutex_t read_lock = PTHREAD_MUTEX_INITIALIZER;

static const struct embedded_file *read_before(const char *name)
{
	for (const struct read_file *read = read_files; read != NULL; read = read->next)
		if (strcmp(read->name, name) == 0)
			return &read->file;
	return NULL;
}

static const struct embedded_file *read_now(const char *name, const char *path)
{
	FILE *stream = fopen(name, "rb");
	if (stream == NULL)
		return NULL;
	struct buffer text;
	buffer_init(&text, (size_t)16 << 20);
	char chunk[4096];
	size_t size;
	while ((size = fread(chunk, 1, sizeof chunk, stream)) > 0)
		if (!buffer_append(&text, chunk, size))
			break;
	fclose(stream);
	struct read_file *read = memory_new(sizeof *read);
	read->name = memory_text(name);
	read->file.path = memory_text(path);
	read->file.data = buffer_detach(&text, &read->file.size);
	read->next = read_files;
	read_files = read;
	return &read->file;
}

static const struct embedded_file *read_from(const char *tree, const char *path)
{
	struct buffer name;
	const struct embedded_file *file = NULL;
	buffer_init(&name, 4096);
	if (buffer_format(&name, "%s/%s", tree, path)) {
		pthread_mutex_lock(&read_lock);
		file = read_before(name.data);
		if (file == NULL)
			file = read_now(name.data, path);
		pthread_mutex_unlock(&read_lock);
	}
	buffer_free(&name);
	return file;
}

const struct embedded_file *embedded_find(const char *path)
{
	const char *tree = getenv("BENCH_LIB");
	if (tree != NULL && tree[0] != '\0')
		return read_from(tree, path);
	return bsearch(path, embedded_files, embedded_count, sizeof *embedded_files, compare_path);
}
