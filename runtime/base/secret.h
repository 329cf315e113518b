/* Values that must never reach the database, a log or a message. One list for the process; safe
 * from every thread. */
#ifndef BENCH_BASE_SECRET_H
#define BENCH_BASE_SECRET_H

#include "base/buffer.h"

/* Remembers a value and its percent-encoded, base64, JSON and HTML forms, but for "secret". False
 * for one of less than 4 bytes, and where 16 MiB are remembered. */
bool secret_add(const char *value);
/* A value that is no more than this word, of either case, is none: it stands everywhere. text: for
 * ever, before any value. Sixteen of them. */
void secret_spare(const char *text, size_t size);
/* How many texts are hidden: more than before where one was learnt. */
size_t secret_count(void);
bool secret_in(const char *text, size_t size);
/* How much to keep of a text that is cut off behind `size` bytes: without the beginning of a value
 * (4 bytes or more of it) at its end, which nobody would find again. */
size_t secret_whole(const char *text, size_t size);
#define SECRET_MARK "[secret]"
/* Replaces every remembered value by the mark in place. */
void secret_redact(struct buffer *buffer);
/* A copy with the values replaced; free with free(). NULL gives NULL. */
char *secret_redacted(const char *text);

#endif
