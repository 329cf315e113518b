/* The scenario that a word on the command line means: a file, or a ready one by its name. */
#ifndef BENCH_CLI_SCENARIO_FILE_H
#define BENCH_CLI_SCENARIO_FILE_H

#include "base/buffer.h"
#include "base/error.h"

#define SCENARIO_FILE_LIMIT ((size_t)16 << 20) /* bytes */

struct scenario_file {
	struct buffer text;
	char *path; /* as the user wrote it; "scripts/sky_blue.lua" for a ready one */
	char *name; /* the path without folder and ".lua" */
	bool embedded;
	bool foreign; /* of a run that somebody else may have made: no word in it is the user's */
};

/* A file of that path; else an embedded path or name. Fails with ERROR_USAGE and a near miss. */
bool scenario_file_find(struct scenario_file *file, const char *word, struct error *error);
/* Text that is there already (a run to repeat); path may be NULL. */
void scenario_file_take(
	struct scenario_file *file, const char *path, const char *text, size_t size);
/* From now on its text is what stands in that file. */
bool scenario_file_reread(struct scenario_file *file, const char *path, struct error *error);
void scenario_file_free(struct scenario_file *file);

#endif
