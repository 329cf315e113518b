/* Files that a person names to be read once, from the first byte to the last: regular ones, and
 * pipes that somebody writes into (the shell's <(command)). A device may have no end, and whoever
 * opens a pipe without a writer waits for one: both are refused in words. */
#ifndef BENCH_BASE_INPUT_H
#define BENCH_BASE_INPUT_H

#include "base/buffer.h"
#include "base/error.h"

/* "file" (a regular one), "folder", "pipe", "other", or NULL where there is none. Waits for nobody.
 */
const char *input_kind(const char *path);
bool input_is_file(const char *path);
/* Whether both are there and one file, whatever their names. */
bool input_is_same(const char *path, const char *other);

/* Appends all of it; the writer of a pipe is waited for. Fails with the reason alone ("it is a
 * folder"), also where it does not fit into the buffer. */
bool input_read(const char *path, struct buffer *out, struct error *error);

#endif
