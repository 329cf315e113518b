/* `bench run --like RUN`: the script, the options and the seed of an earlier run. `--against RUN`:
 * whether there is one. */
#include "base/memory.h"
#include "cli/command.h"
#include "cli/run_state.h"
#include "embedded.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Finds what the word means in the store, by db/report/run_like.sql. */
static bool find_run(
	struct store *store, const char *word, store_row_fn fn, void *context, struct error *error)
{
	const struct embedded_file *question = embedded_find("db/report/run_like.sql");
	if (question == NULL)
		return error_set(error, ERROR_SYSTEM, "db/report/run_like.sql is not there");
	const struct store_value value = store_text(word);
	const struct store_question run = {
		.values = &value, .count = 1, .row = fn, .context = context};
	return store_query(store, question->data, &run, error);
}

static char *copy(const struct store_value *value)
{
	return value->type == STORE_TEXT ? memory_bytes(value->text, value->size) : NULL;
}

static bool take_row(void *context, const struct store_row *row)
{
	struct run *run = context;
	const struct store_value *values = row->values;
	char *path = copy(&values[0]);
	if (values[1].type == STORE_TEXT)
		scenario_file_take(&run->scenario, path, values[1].text, values[1].size);
	free(path);
	run->like_options = copy(&values[2]);
	run->like_seed = copy(&values[3]);
	run->like_number = values[4].integer;
	run->scenario.foreign = values[5].integer != 0;
	return true;
}

/* What looks like the name of a file, and is none of bench export, is no run of the database. */
static bool check_word(const char *flag, const char *word, struct error *error)
{
	if (strpbrk(word, "/.") == NULL)
		return true;
	if (access(word, F_OK) == 0)
		return error_set(
			error, ERROR_USAGE, "%s: %s is no file of bench export", flag, word);
	return error_set(error, ERROR_USAGE, "%s: there is no file %s", flag, word);
}

bool like_load(struct run *run, const char *word, struct error *error)
{
	bool exported = command_is_database(word);
	if (!exported && !check_word("--like", word, error))
		return false;
	struct store *store = store_open(exported ? word : run->database, STORE_READ, error);
	if (store == NULL)
		return false;
	bool read = find_run(store, exported ? "last" : word, take_row, run, error);
	store_close(store);
	if (!read)
		return false;
	if (exported)
		run->like_number = 0;
	/* $BENCH_DB and the usual file are the user's; one that is named by hand may have come by
	 * mail. */
	if (exported || options_has(run->options, "db"))
		run->scenario.foreign = true;
	if (exported && run->scenario.path == NULL)
		return error_set(error, ERROR_USAGE, "--like: %s holds no run", word);
	if (run->scenario.path == NULL)
		return error_set(error, ERROR_USAGE,
			"there is no run %s in %s; bench list shows what there is", word,
			run->database);
	if (!options_has(run->options, "seed") && run->like_seed != NULL)
		options_give(run->options, "seed", run->like_seed);
	if (run->like_options != NULL)
		options_give(run->options, "like-options", run->like_options);
	return true;
}

static bool found_row(void *context, const struct store_row *row)
{
	bool *found = context;
	(void)row;
	*found = true;
	return false;
}

/* last means the run before this one of the same scenario: whether there is one is known at the
 * end. */
static bool check_run(const struct run *run, const char *word, struct error *error)
{
	if (strncmp(word, "last", 4) == 0 || command_is_database(word))
		return true;
	if (!check_word("--against", word, error))
		return false;
	struct store *store = store_open(run->database, STORE_READ, error);
	if (store == NULL)
		return false;
	bool found = false;
	bool read = find_run(store, word, found_row, &found, error);
	store_close(store);
	if (read && !found)
		return error_set(error, ERROR_USAGE,
			"--against: there is no run %s in %s; bench list shows what there is", word,
			run->database);
	return read;
}

/* "5%", "2.5 %" */
static bool is_share(const char *text)
{
	char *end;
	double value = strtod(text, &end);
	return end != text && value > 0 && strcmp(end + strspn(end, " "), "%") == 0;
}

bool like_check_against(const struct run *run, struct error *error)
{
	const char *word = options_text(run->options, "against");
	const char *share = options_text(run->options, "max-regression");
	if (share != NULL && !is_share(share))
		return error_set(error, ERROR_USAGE,
			"--max-regression is a percentage above 0, such as 5%%, not \"%s\"", share);
	if (share != NULL && word == NULL)
		return error_set(error, ERROR_USAGE,
			"--max-regression needs a run to be held against: --against last");
	return word == NULL || is_worker(run) || check_run(run, word, error);
}
