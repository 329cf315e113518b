/* What is said to people. One thread writes what was queued, in order, so that a reader who is
 * slow, blocked or gone never stops the clock; bytes are written as soon as they are queued. */
#ifndef BENCH_BASE_OUTPUT_H
#define BENCH_BASE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum output_stream { OUTPUT_STDOUT, OUTPUT_STDERR };

/* Before output_start, and after output_stop, writes go out directly. */
void output_start(void);
/* Queues bytes with secrets replaced; beyond 64 MiB unread it waits in the calling thread. A reader
 * that left (EPIPE) makes the rest of that stream vanish silently. What goes to stderr, or to a
 * terminal, obeys nobody: of control sequences only colours pass, and only on stdout. */
void output_write(enum output_stream stream, const char *data, size_t size);
/* The same to stdout, of what the database holds: secrets were replaced when it was written. A key
 * that is a word (OPENAI_API_KEY=token) must not be missed in the names of a document. */
void output_kept(const char *data, size_t size);
void output_text(enum output_stream stream, const char *text);
void output_format(enum output_stream stream, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* False with TERM=dumb: colours and the live line would stand there as letters. */
bool output_takes_codes(void);
/* Puts this in place of the live line on stderr, a terminal. It goes before anything else is said,
 * and at the end. */
void output_status(const char *text);
/* Waits until all that was queued is written (or its reader is gone). */
void output_flush(void);
/* The last words of a process, under 4 KiB: waits at most so long until all is written. Where a
 * reader does not read, they go past the queue to stderr, if that takes them at once. */
void output_last(const char *text, int64_t limit_ns);
void output_stop(void); /* flushes and ends the thread */
/* After output_stop: why what stdout is to keep was not written, a full disk most likely; 0: it
 * was. */
int output_lost(void);
bool output_is_full(void); /* more than 64 MiB are unread: the next write waits */
/* False once a reader was seen to have left: whoever only prints may end. */
bool output_is_read(enum output_stream stream);
bool output_is_terminal(enum output_stream stream);
int output_columns(void); /* width of the terminal, else $COLUMNS, else 80 */

#endif
