/* What the command line said, and the names that there are, as one JSON object. */
#include "cli/options.h"

#include "base/text.h"

#include <string.h>

static void json_text(struct buffer *out, const char *text)
{
	text_append_json(out, text, strlen(text));
}

static void json_key(struct buffer *out, const char *key, bool first)
{
	if (!first)
		buffer_byte(out, ',');
	json_text(out, key);
	buffer_byte(out, ':');
}

static void json_member(struct buffer *out, const char *key, const char *text)
{
	json_key(out, key, false);
	json_text(out, text);
}

static void json_list(struct buffer *out, const char *const *words, size_t count)
{
	buffer_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buffer_byte(out, ',');
		json_text(out, words[i]);
	}
	buffer_byte(out, ']');
}

static void given_values(
	struct buffer *out, const struct options *options, const struct options_flag *flag)
{
	bool first = true;
	buffer_byte(out, '[');
	for (size_t i = 0; i < options->value_count; i++) {
		if (options->values[i].flag != flag)
			continue;
		if (!first)
			buffer_byte(out, ',');
		first = false;
		json_text(out, options->values[i].text);
	}
	buffer_byte(out, ']');
}

/* Several commands may have a flag of one name: it is the last one given that counts. */
static const struct options_value *last_of(const struct options *options, const char *name)
{
	const struct options_value *last = NULL;
	for (size_t i = 0; i < options->value_count; i++)
		if (strcmp(options->values[i].flag->name, name) == 0)
			last = &options->values[i];
	return last;
}

static void given(struct buffer *out, const struct options *options)
{
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
		const struct options_value *last = last_of(options, flag->name);
		if (last == NULL || last->flag != flag)
			continue;
		json_key(out, flag->name, false);
		if (flag->repeated)
			given_values(out, options, flag);
		else if (flag->type == OPTIONS_SWITCH)
			buffer_text(out, "true");
		else
			json_text(out, last->text);
	}
}

/* What an option of a scenario may not be called. */
static void run_flags(struct buffer *out)
{
	bool first = true;
	json_key(out, "run_flags", false);
	buffer_byte(out, '[');
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
		if (!options_flag_belongs(flag, "run"))
			continue;
		if (!first)
			buffer_byte(out, ',');
		first = false;
		json_text(out, flag->name);
	}
	buffer_byte(out, ']');
}

static void commands(struct buffer *out)
{
	json_key(out, "commands", false);
	buffer_byte(out, '[');
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		if (c != options_commands)
			buffer_byte(out, ',');
		json_text(out, c->name);
	}
	buffer_byte(out, ']');
}

void options_json(struct buffer *out, const struct options *options, const char *database)
{
	buffer_byte(out, '{');
	json_key(out, "command", true);
	json_text(out, options->command != NULL ? options->command->name : "help");
	json_key(out, "arguments", false);
	json_list(out, options->arguments, options->argument_count);
	json_key(out, "unknown", false);
	json_list(out, options->unknown, options->unknown_count);
	if (database != NULL)
		json_member(out, "database", database);
	given(out, options);
	run_flags(out);
	commands(out);
	buffer_byte(out, '}');
}
