/* What files a scenario may read: those below its own folder, and those that the user named. */
#ifndef BENCH_SCRIPT_FOLDER_H
#define BENCH_SCRIPT_FOLDER_H

#include "base/buffer.h"
#include "base/error.h"

struct host;

#define FOLDER_FILE_LIMIT ((size_t)64 << 20) /* bytes of one file */

void folder_new(struct host *host);
void folder_free(struct host *host);

/* The user named this path (relative to where the user stands): reading exactly this text is
 * allowed from now on. */
void folder_allow(struct host *host, const char *path);
/* A descriptor of a regular file, to be closed by the caller; -1 where the script may not read it.
 * Links and ".." are followed first: what counts is where the file is. */
int folder_open(struct host *host, const char *path, struct error *error);
/* Reads such a file whole. */
bool folder_read(struct host *host, const char *path, struct buffer *out, struct error *error);

/* The first bytes of any regular file, for the library's own use: a script never chooses the path.
 * It is absolute; at most `most` bytes come, fewer where the file is shorter. */
bool folder_head(const char *path, size_t most, struct buffer *out, struct error *error);

#endif
