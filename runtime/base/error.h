/* What went wrong: a code and a sentence, composed where the cause is known. */
#ifndef BENCH_BASE_ERROR_H
#define BENCH_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum error_code {
	ERROR_NONE,
	ERROR_USAGE,     /* the caller's words are wrong */
	ERROR_SCRIPT,    /* a scenario failed */
	ERROR_STORE,     /* the database */
	ERROR_LIMIT,     /* a stated limit was passed */
	ERROR_SYSTEM,    /* the operating system refused */
	ERROR_UNREACHED, /* nobody is there to be asked */
};

struct error {
	enum error_code code;
	char message[1024]; /* UTF-8, no newline at the end; cut at a whole character */
};

/* Fills *error (which may be NULL) and returns false, so that `return error_set(...)`
 * reads well. */
bool error_set(struct error *error, enum error_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* As error_set, with any text for the message; a NUL becomes a blank. */
bool error_set_text(struct error *error, enum error_code code, const char *text, size_t size);

#endif
