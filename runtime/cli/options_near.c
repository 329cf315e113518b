/* What is wrong with a word of the command line, and which one was meant. */
#include "cli/options.h"

#include "base/text.h"
#include "embedded.h"

#include <stdio.h>
#include <string.h>

#define WORDS_LIMIT 80

/* The command that somebody meant by a word which is none: what it is called elsewhere, or what is
 * written nearly like it; NULL where none is. */
static const char *command_meant(const char *word)
{
	static const char *const elsewhere[][2] = {{"runs", "list"}, {"ls", "list"},
		{"history", "list"}, {"diff", "compare"}, {"query", "sql"}};
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		if (strcmp(word, elsewhere[i][0]) == 0)
			return elsewhere[i][1];
	const char *words[WORDS_LIMIT];
	size_t count = 0;
	for (const struct options_command *c = options_commands;
		c->name != NULL && count < WORDS_LIMIT - 2; c++)
		words[count++] = c->name;
	words[count++] = "--version";
	words[count] = NULL;
	return text_nearest(word, words);
}

bool options_unknown_command(const char *word, struct error *error)
{
	char scenario[64];
	snprintf(scenario, sizeof scenario, "scripts/%s.lua", word);
	if (embedded_find(scenario) != NULL)
		return error_set(error, ERROR_USAGE,
			"there is no command \"%s\", but a ready scenario: bench run %s", word,
			word);
	const char *near = command_meant(word);
	if (near != NULL)
		return error_set(error, ERROR_USAGE,
			"there is no command \"%s\". Did you mean %s?  (bench -h)", word, near);
	return error_set(error, ERROR_USAGE,
		"there is no command and no file \"%s\". bench -h shows what there is", word);
}

bool options_is_choice(const char *choices, const char *text)
{
	size_t size = strlen(text);
	for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
		if (*at == '|')
			at++;
		if (strcspn(at, "|") == size && strncmp(at, text, size) == 0)
			return true;
	}
	return false;
}

/* The flag of the command that takes this word as its value, or NULL. */
static const struct options_flag *flag_of_choice(const char *command, const char *word)
{
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++)
		if (flag->type == OPTIONS_CHOICE && options_flag_belongs(flag, command) &&
			options_is_choice(flag->value, word))
			return flag;
	return NULL;
}

static const char *nearest_flag(const char *command, const char *name)
{
	const char *words[WORDS_LIMIT];
	size_t count = 0;
	for (const struct options_flag *flag = options_flags;
		flag->name != NULL && count < WORDS_LIMIT - 1; flag++)
		if (flag->help != NULL && options_flag_belongs(flag, command))
			words[count++] = flag->name;
	words[count] = NULL;
	return text_nearest(name, words);
}

bool options_unknown_flag(const char *command, const char *word, struct error *error)
{
	int size = (int)strcspn(word, "=");
	char name[64];
	const char *start = word + strspn(word, "-");
	snprintf(name, sizeof name, "%.*s", (int)strcspn(start, "="), start);
	const struct options_flag *chosen = flag_of_choice(command, name);
	if (chosen != NULL)
		return error_set(error, ERROR_USAGE, "%s has no flag %.*s. Did you mean --%s %s?",
			command, size, word, chosen->name, name);
	const char *near = nearest_flag(command, name);
	if (near != NULL)
		return error_set(error, ERROR_USAGE, "%s has no flag %.*s. Did you mean --%s?",
			command, size, word, near);
	bool alone = strcmp(command, "bench") == 0;
	return error_set(error, ERROR_USAGE, "%s has no flag %.*s  (bench%s%s --help has all)",
		command, size, word, alone ? "" : " ", alone ? "" : command);
}

bool options_refuse_choice(const struct options_flag *flag, const char *text, struct error *error)
{
	char choices[256];
	const char *words[WORDS_LIMIT];
	size_t count = 0;
	snprintf(choices, sizeof choices, "%s", flag->value);
	char *rest = NULL;
	for (char *word = strtok_r(choices, "|", &rest); word != NULL && count < WORDS_LIMIT - 1;
		word = strtok_r(NULL, "|", &rest))
		words[count++] = word;
	words[count] = NULL;
	const char *near = text_nearest(text, words);
	if (near != NULL)
		return error_set(error, ERROR_USAGE,
			"--%s is one of %s, not \"%s\". Did you mean %s?", flag->name, flag->value,
			text, near);
	return error_set(
		error, ERROR_USAGE, "--%s is one of %s, not \"%s\"", flag->name, flag->value, text);
}
