/* The command line against the table. What `run` does not know may be the script's own, which is
 * known only once the script is loaded: it is kept in order, with the word behind it. */
#include "cli/options.h"

#include "base/memory.h"
#include "base/units.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct options_command *options_command_find(const char *name)
{
	for (const struct options_command *command = options_commands; command->name != NULL;
		command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

static bool is_listed(const char *commands, const char *command)
{
	size_t size = strlen(command);
	for (const char *at = commands; (at = strstr(at, command)) != NULL; at += size) {
		bool begins = at == commands || at[-1] == ' ';
		if (begins && (at[size] == ' ' || at[size] == '\0'))
			return true;
	}
	return false;
}

/* Whether a command has a flag of that name that stands for the one of all commands. */
static bool is_replaced(const char *name, const char *command)
{
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++)
		if (strcmp(flag->name, name) == 0 && is_listed(flag->commands, command))
			return true;
	return false;
}

bool options_flag_belongs(const struct options_flag *flag, const char *command)
{
	if (strcmp(flag->commands, "*") == 0)
		return !is_replaced(flag->name, command);
	return is_listed(flag->commands, command);
}

/* command NULL: any. `name` ends at '=' or NUL. */
static const struct options_flag *find_flag(const char *name, const char *command)
{
	size_t size = strcspn(name, "=");
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
		if (strlen(flag->name) != size || strncmp(flag->name, name, size) != 0)
			continue;
		if (command == NULL || options_flag_belongs(flag, command))
			return flag;
	}
	return NULL;
}

/* The flag that a word begins, as find_flag: --name, --name=value, or -o for --output. */
static const struct options_flag *find_word(const char *word, const char *command)
{
	if (strcmp(word, "-o") == 0)
		return find_flag("output", command);
	return strncmp(word, "--", 2) == 0 ? find_flag(word + 2, command) : NULL;
}

/* No blank stands in a flag's name: "-- a comment in SQL" is none. */
static bool is_flag(const char *word)
{
	if (word[0] != '-' || word[1] == '\0' || strchr("0123456789.", word[1]) != NULL)
		return false;
	char end = word[strcspn(word, "= \t\n")];
	return end == '=' || end == '\0';
}

static bool takes_next(const struct options_flag *flag, const char *word, const char *next)
{
	if (flag->type == OPTIONS_SWITCH || strchr(word, '=') != NULL || next == NULL)
		return false;
	return !flag->optional || !is_flag(next);
}

static bool is_scenario_file(const char *word)
{
	size_t size = strlen(word);
	return strchr(word, '/') != NULL || (size > 4 && strcmp(word + size - 4, ".lua") == 0) ||
	       access(word, R_OK) == 0;
}

/* Whether `next` can only be the value of a flag that may be a script's: `--times 3
 * sky_blue.lua`. */
static bool is_value_of_script(const char *word, const char *next)
{
	return strncmp(word, "--", 2) == 0 && strchr(word, '=') == NULL && next != NULL &&
	       !is_flag(next) && options_command_find(next) == NULL && !is_scenario_file(next);
}

/* The index of the first word that is neither a flag of ours nor its value; argc: none. */
static int find_command_word(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		if (!is_flag(argv[i]))
			return i;
		const struct options_flag *flag = find_word(argv[i], NULL);
		const char *next = argv[i + 1];
		if (flag != NULL ? takes_next(flag, argv[i], next)
				 : is_value_of_script(argv[i], next))
			i++;
	}
	return argc;
}

static void add_word(const char ***list, size_t *count, const char *word)
{
	*list = memory_resize(*list, *count + 1, sizeof **list);
	(*list)[(*count)++] = word;
}

static void add_value(struct options *options, const struct options_flag *flag, const char *text)
{
	options->values =
		memory_resize(options->values, options->value_count + 1, sizeof *options->values);
	options->values[options->value_count++] = (struct options_value){flag, text};
}

/* Names that people try for one of the choices. */
static const char *const other_names[][2] = {
	{"markdown", "md"}, {"text", "table"}, {"ndjson", "jsonl"}, {"xml", "junit"}};

/* *text becomes the choice that it is another name of. */
static bool check_choice(const struct options_flag *flag, const char **text, struct error *error)
{
	if (options_is_choice(flag->value, *text))
		return true;
	for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
		if (strcmp(*text, other_names[i][0]) == 0 &&
			options_is_choice(flag->value, other_names[i][1])) {
			*text = other_names[i][1];
			return true;
		}
	return options_refuse_choice(flag, *text, error);
}

static bool check_value(const struct options_flag *flag, const char **value, struct error *error)
{
	const char *text = *value;
	int64_t ignored;
	struct error cause = {.code = ERROR_NONE};
	char *end = NULL;
	switch (flag->type) {
	case OPTIONS_CHOICE:
		return check_choice(flag, value, error);
	case OPTIONS_NUMBER:
		strtod(text, &end);
		if (end != text && *end == '\0')
			return true;
		return error_set(
			error, ERROR_USAGE, "--%s needs a number, not \"%s\"", flag->name, text);
	case OPTIONS_DURATION:
		if (units_parse_duration(text, &ignored, &cause))
			return true;
		return error_set(error, ERROR_USAGE, "--%s: %s", flag->name, cause.message);
	case OPTIONS_BYTES:
		if (units_parse_bytes(text, &ignored, &cause))
			return true;
		return error_set(error, ERROR_USAGE, "--%s: %s", flag->name, cause.message);
	case OPTIONS_SWITCH:
	case OPTIONS_TEXT:
		break;
	}
	return true;
}

static bool add_switch(struct options *options, const struct options_flag *flag, const char *word,
	struct error *error)
{
	if (strchr(word, '=') != NULL)
		return error_set(error, ERROR_USAGE, "--%s takes no value", flag->name);
	if (strcmp(flag->name, "help") == 0)
		options->long_help = true;
	else if (strcmp(flag->name, "version") == 0)
		options->version = true;
	else if (strcmp(flag->name, "json") == 0)
		add_value(options, find_flag("format", NULL), "json");
	add_value(options, flag, "");
	return true;
}

/* One flag of ours at argv[*i], and its value. */
static bool add_flag(struct options *options, const struct options_flag *flag, char **argv, int *i,
	struct error *error)
{
	const char *word = argv[*i];
	if (flag->type == OPTIONS_SWITCH)
		return add_switch(options, flag, word, error);
	const char *text = strchr(word, '=');
	if (text != NULL)
		text++;
	else if (takes_next(flag, word, argv[*i + 1]))
		text = argv[++*i];
	else if (flag->optional)
		text = "";
	else
		return error_set(error, ERROR_USAGE, "--%s needs a value: --%s %s", flag->name,
			flag->name, flag->value);
	if (!check_value(flag, &text, error))
		return false;
	add_value(options, flag, text);
	return true;
}

static bool add_unknown(struct options *options, char **argv, int *i, struct error *error)
{
	const char *word = argv[*i];
	if (strcmp(options->command->name, "run") != 0 || strncmp(word, "--", 2) != 0)
		return options_unknown_flag(options->command->name, word, error);
	add_word(&options->unknown, &options->unknown_count, word);
	const char *next = argv[*i + 1];
	if (strchr(word, '=') == NULL && next != NULL && !is_flag(next)) {
		add_word(&options->unknown, &options->unknown_count, next);
		++*i;
	}
	return true;
}

/* `--goodput ttft:500 tpot:50`: once the scenario is known, what stands behind the value of a flag
 * that may be its own is one more value. */
static bool parse_words(
	struct options *options, int argc, char **argv, int command_word, struct error *error)
{
	bool only_arguments = false, is_value = false;
	const struct options_flag *flag;
	for (int i = 1; i < argc; i++) {
		if (i == command_word)
			continue;
		const char *word = argv[i];
		bool follows_unknown = is_value;
		is_value = false;
		if (follows_unknown && options->argument_count > 0 && !is_flag(word)) {
			add_word(&options->unknown, &options->unknown_count, word);
			is_value = true;
		} else if (only_arguments || !is_flag(word)) {
			add_word(&options->arguments, &options->argument_count, word);
		} else if (strcmp(word, "--") == 0) {
			only_arguments = true;
		} else if (strcmp(word, "-h") == 0) {
			options->short_help = true;
		} else if ((flag = find_word(word, options->command->name)) != NULL) {
			if (!add_flag(options, flag, argv, &i, error))
				return false;
		} else {
			if (!add_unknown(options, argv, &i, error))
				return false;
			is_value = !is_flag(options->unknown[options->unknown_count - 1]);
		}
	}
	return true;
}

/* Without a command only help and version mean something; nothing at all asks for help. */
static bool parse_bare(struct options *options, int argc, char **argv, struct error *error)
{
	options->short_help = argc == 1;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-h") == 0)
			options->short_help = true;
		else if (strcmp(argv[i], "--help") == 0)
			options->long_help = true;
		else if (strcmp(argv[i], "--version") == 0)
			options->version = true;
		else if (is_flag(argv[i]) && find_word(argv[i], NULL) == NULL)
			return options_unknown_flag("bench", argv[i], error);
	}
	if (options->short_help || options->long_help || options->version)
		return true;
	return error_set(error, ERROR_USAGE, "say what to do: bench -h shows the commands");
}

static bool flags_alone(const char *command, const char *word, struct error *error)
{
	if (store_is_database(word))
		return error_set(error, ERROR_USAGE,
			"%s takes flags alone, and a database by one: bench %s --db %s", command,
			command, word);
	return error_set(error, ERROR_USAGE,
		"%s takes flags alone, not \"%s\"  (bench %s --help has all)", command, word,
		command);
}

bool options_parse(struct options *options, int argc, char **argv, struct error *error)
{
	memset(options, 0, sizeof *options);
	int word = find_command_word(argc, argv);
	if (word >= argc)
		return parse_bare(options, argc, argv, error);
	options->command = options_command_find(argv[word]);
	if (options->command == NULL && is_scenario_file(argv[word])) {
		options->command = options_command_find("run");
		word = argc;
	}
	if (options->command == NULL)
		return options_unknown_command(argv[word], error);
	if (!parse_words(options, argc, argv, word, error))
		return false;
	return *options->command->arguments != '\0' || options->argument_count == 0 ||
	       flags_alone(options->command->name, options->arguments[0], error);
}

static const char *take(const char **list, size_t *count, size_t position)
{
	const char *word = list[position];
	memmove(list + position, list + position + 1, (*count - position - 1) * sizeof *list);
	--*count;
	return word;
}

const char *options_take_scenario(struct options *options)
{
	if (options->argument_count > 0)
		return take(options->arguments, &options->argument_count, 0);
	for (size_t i = 0; i < options->unknown_count; i++) {
		const char *word = options->unknown[i];
		if (!is_flag(word) && access(word, R_OK) == 0)
			return take(options->unknown, &options->unknown_count, i);
	}
	return NULL;
}

void options_free(struct options *options)
{
	free(options->values);
	free(options->arguments);
	free(options->unknown);
	memset(options, 0, sizeof *options);
}

const char *options_text(const struct options *options, const char *name)
{
	const char *text = NULL;
	for (size_t i = 0; i < options->value_count; i++)
		if (strcmp(options->values[i].flag->name, name) == 0)
			text = options->values[i].text;
	return text;
}

bool options_has(const struct options *options, const char *name)
{
	return options_text(options, name) != NULL;
}

void options_give(struct options *options, const char *name, const char *text)
{
	add_value(options, find_flag(name, NULL), text);
}
