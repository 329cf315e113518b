#include "cli/scenario_file.h"

#include "base/input.h"
#include "base/memory.h"
#include "base/text.h"
#include "embedded.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READY_MAX 64
#define PATH_SIZE 4096

static char *name_of(const char *path)
{
	size_t size;
	const char *name = text_script_name(path, &size);
	return memory_bytes(name, size);
}

void scenario_file_take(struct scenario_file *file, const char *path, const char *text, size_t size)
{
	memset(file, 0, sizeof *file);
	buffer_init(&file->text, SCENARIO_FILE_LIMIT);
	buffer_append(&file->text, text, size);
	file->path = memory_text(path != NULL ? path : "scenario.lua");
	file->name = name_of(file->path);
}

void scenario_file_free(struct scenario_file *file)
{
	buffer_free(&file->text);
	free(file->path);
	free(file->name);
	memset(file, 0, sizeof *file);
}

static bool read_file(struct scenario_file *file, const char *path, struct error *error)
{
	struct error cause;
	return input_read(path, &file->text, &cause) ||
	       error_set(
		       error, ERROR_USAGE, "cannot read the scenario %s: %s", path, cause.message);
}

static bool take_file(struct scenario_file *file, const char *path, struct error *error)
{
	if (store_is_database(path))
		return error_set(error, ERROR_USAGE,
			"%s is a database of runs, not a scenario: bench list --db %s", path, path);
	scenario_file_take(file, path, "", 0);
	if (read_file(file, path, error))
		return true;
	scenario_file_free(file);
	return false;
}

bool scenario_file_reread(struct scenario_file *file, const char *path, struct error *error)
{
	buffer_clear(&file->text);
	return read_file(file, path, error);
}

static bool take_embedded(struct scenario_file *file, const char *path)
{
	const struct embedded_file *embedded =
		strncmp(path, "scripts/", 8) == 0 ? embedded_find(path) : NULL;
	if (embedded == NULL)
		return false;
	scenario_file_take(file, path, embedded->data, embedded->size);
	file->embedded = true;
	return true;
}

/* "mine" where mine.lua lies. */
static bool lacks_ending(const char *word)
{
	char path[PATH_SIZE];
	int size = snprintf(path, sizeof path, "%s.lua", word);
	return size > 0 && (size_t)size < sizeof path && access(path, R_OK) == 0;
}

static bool not_found(const char *word, struct error *error)
{
	if (strstr(word, "://") != NULL) {
		error_set(error, ERROR_USAGE,
			"%s is an address, not a scenario: bench probe %s says who is there, bench "
			"run sky_blue --backends %s asks it",
			word, word, word);
		return false;
	}
	if (lacks_ending(word)) {
		error_set(error, ERROR_USAGE,
			"there is no scenario \"%s\". Did you mean the file %s.lua?", word, word);
		return false;
	}
	char *names[READY_MAX + 1] = {NULL};
	size_t count = 0;
	for (const struct embedded_file *file = embedded_files; file->path != NULL; file++)
		if (strncmp(file->path, "scripts/", 8) == 0 && count < READY_MAX)
			names[count++] = name_of(file->path);
	char *wanted = name_of(word);
	const char *near = text_nearest(wanted, (const char *const *)names);
	if (near != NULL)
		error_set(error, ERROR_USAGE,
			"there is no scenario \"%s\". Did you mean the ready one %s?", word, near);
	else
		error_set(error, ERROR_USAGE,
			"there is no scenario \"%s\": neither a file nor a ready one (bench help "
			"lists those). bench new NAME begins one",
			word);
	free(wanted);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	return false;
}

bool scenario_file_find(struct scenario_file *file, const char *word, struct error *error)
{
	const char *kind = input_kind(word);
	bool is_folder = kind != NULL && strcmp(kind, "folder") == 0;
	if (kind != NULL && !is_folder)
		return take_file(file, word, error);
	if (take_embedded(file, word))
		return true;
	char path[PATH_SIZE];
	int size = snprintf(path, sizeof path, "scripts/%s.lua", word);
	if (size > 0 && (size_t)size < sizeof path && take_embedded(file, path))
		return true;
	return is_folder ? take_file(file, word, error) : not_found(word, error);
}
