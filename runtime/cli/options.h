/* The one table of flags and commands: parsing, -h, --help, near misses, the man page and the shell
 * completions all come from it. */
#ifndef BENCH_CLI_OPTIONS_H
#define BENCH_CLI_OPTIONS_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum options_type {
	OPTIONS_SWITCH,
	OPTIONS_TEXT,
	OPTIONS_CHOICE, /* one word of `value`, which is "table|md|csv" */
	OPTIONS_NUMBER,
	OPTIONS_DURATION,
	OPTIONS_BYTES
};

struct options_flag {
	const char *name; /* "allow-net" */
	enum options_type type;
	bool repeated;
	bool optional;            /* may stand without its value, which is "" then */
	const char *value;        /* "HOST[:PORT]"; NULL for a switch */
	const char *default_text; /* shown; NULL: none */
	const char *help;         /* one sentence; NULL: hidden */
	const char *commands;     /* "run probe", "*" for all */
};

struct options_command {
	const char *name;
	const char *arguments; /* "FILE|NAME [--option value ...]" */
	const char *help;      /* one line */
	const char *details;   /* a paragraph for --help; may be NULL */
	const char *embedded;  /* Lua module below lib/commands that runs it, or NULL: C does */
	bool reads;            /* needs the database to be there */
	bool writes;           /* opens it for writing, and makes it where there is none */
	bool waits;            /* talks to servers: runs as a task on a loop */
};

extern const struct options_flag options_flags[];       /* ends with a NULL name */
extern const struct options_command options_commands[]; /* ends with a NULL name */

struct options_value {
	const struct options_flag *flag;
	const char *text; /* "" for a switch */
};
struct options {
	const struct options_command *command;
	struct options_value *values; /* in the order given */
	size_t value_count;
	const char **arguments; /* what is no flag, in order; everything after "--" */
	size_t argument_count;
	const char **unknown; /* run only: flags that may be the script's, with their neighbours, in
				 order */
	size_t unknown_count;
	bool short_help, long_help, version;
};

/* argv[0] is the program. `bench FILE` means `bench run FILE`. Unknown words get "did you mean". */
bool options_parse(struct options *options, int argc, char **argv, struct error *error);
/* For `run`: the scenario, out of the arguments, or out of what stands behind a flag that may be
 * the script's: `bench run --verbose sky_blue.lua`. Takes it away from there. NULL: none
 * was given. */
const char *options_take_scenario(struct options *options);
void options_free(struct options *options);
const char *options_text(const struct options *options, const char *name); /* last given, or NULL */
bool options_has(const struct options *options, const char *name);
const struct options_command *options_command_find(const char *name); /* NULL: none */
bool options_flag_belongs(const struct options_flag *flag, const char *command);
/* One JSON object for core.options: what was given by the flag's name (a text, true for a switch, a
 * list where repeated), command, arguments, unknown, and the names of commands and run_flags. */
void options_json(struct buffer *out, const struct options *options);
/* As if `--name text` had been given last; text is borrowed. */
void options_give(struct options *options, const char *name, const char *text);

/* Whether a choice's `value`, "table|md|csv", has this word. */
bool options_is_choice(const char *choices, const char *text);
/* False, with words for what there is none of and for what was meant. command "bench": none yet. */
bool options_unknown_command(const char *word, struct error *error);
bool options_unknown_flag(const char *command, const char *word, struct error *error);
bool options_refuse_choice(const struct options_flag *flag, const char *text, struct error *error);

void options_short_help(struct buffer *out);                                       /* bench -h */
void options_long_help(struct buffer *out, const struct options_command *command); /* NULL: all */
void options_man_page(struct buffer *out);
void options_completion(struct buffer *out, const char *shell); /* bash, zsh or fish */

#endif
