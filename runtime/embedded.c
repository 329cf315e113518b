#include "embedded.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The table is sorted by strcmp, so that bsearch finds a path. */
static size_t file_count(void)
{
	static size_t count;
	if (count == 0)
		while (embedded_files[count].path != NULL)
			count++;
	return count;
}

static int compare_path(const void *path, const void *file)
{
	return strcmp(path, ((const struct embedded_file *)file)->path);
}

/* Files read from $BENCH_LIB stay in memory for the life of the process. */
static const struct embedded_file *read_from(const char *tree, const char *path)
{
	struct buffer name;
	buffer_init(&name, 4096);
	if (!buffer_format(&name, "%s/%s", tree, path)) {
		buffer_free(&name);
		return NULL;
	}
	FILE *stream = fopen(name.data, "rb");
	buffer_free(&name);
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
	struct embedded_file *file = memory_new(sizeof *file);
	file->path = memory_text(path);
	file->data = buffer_detach(&text, &file->size);
	return file;
}

const struct embedded_file *embedded_find(const char *path)
{
	const char *tree = getenv("BENCH_LIB");
	if (tree != NULL && tree[0] != '\0')
		return read_from(tree, path);
	return bsearch(path, embedded_files, file_count(), sizeof embedded_files[0], compare_path);
}
