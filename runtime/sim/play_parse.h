/* The play file as data (PLAY.md describes its words). */
#ifndef BENCH_SIM_PLAY_PARSE_H
#define BENCH_SIM_PLAY_PARSE_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum play_framing { PLAY_CHUNKED, PLAY_IDENTITY, PLAY_LENGTH, PLAY_RAW };
enum play_act { PLAY_HEAD, PLAY_SEND, PLAY_END, PLAY_CLOSE, PLAY_RST };

struct play_step {
	enum play_act act;
	int64_t at_ns;   /* since the request came whole */
	int64_t byte_ns; /* one byte per send, so far apart; 0: all at once */
	char *data;
	size_t size;
};

struct play_every {
	int64_t from_ns, interval_ns;
	char *data;
	size_t size;
};

struct play_script {
	char *method; /* NULL: any POST that asks for an answer */
	char *path;   /* NULL: any */
	int status;
	enum play_framing framing;
	int64_t head_ns;       /* -1: with the first bytes */
	struct buffer headers; /* lines, each with its CRLF */
	bool has_type, closes;
	struct play_step *steps;
	size_t step_count;
	struct play_every *every;
	size_t every_count;
	size_t body_size;
	bool used;
};

/* A plain JSON answer to a path. */
struct play_page {
	char *method, *path, *body;
};

struct play {
	struct play_script *scripts;
	size_t script_count;
	struct play_page *pages;
	size_t page_count;
};

/* NULL for a text with a line that means nothing; the message begins with the name and the line. */
struct play *play_parse(const char *name, const char *text, size_t size, struct error *error);

#endif
