/* `bench run --like RUN`: the script, the options and the seed of an earlier run. `--against RUN`:
 * whether there is one. */
#include "base/memory.h"
#include "base/secret.h"
#include "cli/run_state.h"
#include "embedded.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a word was found to mean. */
struct found {
	struct run *run; /* takes what made the first one, or NULL */
	size_t count;    /* of runs: 2 are several */
};

static char *copy(const struct store_value *value)
{
	return value->type == STORE_TEXT ? memory_bytes(value->text, value->size) : NULL;
}

static void take(struct run *run, const struct store_value *values)
{
	char *path = copy(&values[0]);
	if (values[1].type == STORE_TEXT)
		scenario_file_take(&run->scenario, path, values[1].text, values[1].size);
	free(path);
	run->like_options = copy(&values[2]);
	run->like_seed = copy(&values[3]);
	run->like_number = values[4].integer;
	run->scenario.foreign = values[5].integer != 0;
}

static bool take_row(void *context, const struct store_row *row)
{
	struct found *found = context;
	if (found->count++ == 0 && found->run != NULL)
		take(found->run, row->values);
	return true;
}

/* Finds what the word means in a database, by db/report/run_like.sql. */
static bool find_run(
	const char *database, const char *word, struct found *found, struct error *error)
{
	const struct embedded_file *question = embedded_find("db/report/run_like.sql");
	if (question == NULL)
		return error_set(error, ERROR_SYSTEM, "db/report/run_like.sql is not there");
	struct store *store = store_open(database, STORE_READ, error);
	if (store == NULL)
		return false;
	const struct store_value value = store_text(word);
	const struct store_question run = {
		.values = &value, .count = 1, .row = take_row, .context = found};
	bool read = store_query(store, question->data, &run, error);
	store_close(store);
	return read;
}

/* That a word of the command line means one run of the database. */
static bool check_found(const char *flag, const char *word, const char *database,
	const struct found *found, struct error *error)
{
	if (found->count == 0)
		return error_set(error, ERROR_USAGE,
			"%s: there is no run %s in %s; bench list shows what there is", flag, word,
			database);
	if (found->count > 1)
		return error_set(error, ERROR_USAGE,
			"%s: several runs have a uuid that begins with %s; give more of it", flag,
			word);
	return true;
}

/* That a file of bench export holds one run. */
static bool check_file(const char *path, const struct found *found, struct error *error)
{
	if (found->count == 0)
		return error_set(error, ERROR_USAGE, "--like: %s holds no run", path);
	if (found->count > 1)
		return error_set(error, ERROR_USAGE,
			"--like: %s holds several runs: say which with --db %s --like RUN", path,
			path);
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
	bool exported = store_is_database(word);
	struct found found = {.run = run};
	bool one = exported ? find_run(word, "", &found, error) && check_file(word, &found, error)
			    : check_word("--like", word, error) &&
				      find_run(run->database, word, &found, error) &&
				      check_found("--like", word, run->database, &found, error);
	if (!one)
		return false;
	if (run->scenario.path == NULL)
		return error_set(error, ERROR_USAGE, "--like: the script of run %lld was not kept",
			(long long)run->like_number);
	if (strstr(buffer_string(&run->scenario.text), SECRET_MARK) != NULL)
		return error_set(error, ERROR_USAGE,
			"--like: the script of run %lld had a secret, which is not kept: run %s "
			"itself",
			(long long)run->like_number, run->scenario.path);
	if (exported)
		run->like_number = 0;
	/* $BENCH_DB and the usual file are the user's; one that is named by hand may have come by
	 * mail. */
	if (exported || options_has(run->options, "db"))
		run->scenario.foreign = true;
	if (!options_has(run->options, "seed") && run->like_seed != NULL)
		options_give(run->options, "seed", run->like_seed);
	if (run->like_options != NULL)
		options_give(run->options, "like-options", run->like_options);
	return true;
}

static bool check_against_file(const char *path, struct error *error)
{
	struct found found = {0};
	if (!find_run(path, "", &found, error))
		return false;
	if (found.count == 0)
		return error_set(error, ERROR_USAGE, "--against: %s holds no run", path);
	return found.count == 1 ||
	       error_set(error, ERROR_USAGE,
		       "--against: %s holds several runs: bench export RUN -o FILE.db --db %s "
		       "takes one out",
		       path, path);
}

/* last means the run before this one of the same scenario: whether there is one is known at the
 * end. */
static bool check_run(const struct run *run, const char *word, struct error *error)
{
	struct found found = {0};
	if (store_is_database(word))
		return check_against_file(word, error);
	return strncmp(word, "last", 4) == 0 ||
	       (check_word("--against", word, error) &&
		       find_run(run->database, word, &found, error) &&
		       check_found("--against", word, run->database, &found, error));
}

/* "5%", "2.5 %" */
static bool is_share(const char *text)
{
	char *end;
	double value = strtod(text, &end);
	return strspn(text, "0123456789.") == (size_t)(end - text) && value > 0 &&
	       strcmp(end + strspn(end, " "), "%") == 0;
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
