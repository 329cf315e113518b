/* What the command line said, and the names that there are, as one JSON object. */
#include "cli/options.h"

#include "base/text.h"

#include <string.h>

/* Before a member or an element: a comma, where it is not the first. */
static void separate(struct buffer *out)
{
	if (strchr("[{", out->data[out->size - 1]) == NULL)
		buffer_byte(out, ',');
}

static void json_text(struct buffer *out, const char *text)
{
	text_append_json(out, text, strlen(text));
}

static void json_element(struct buffer *out, const char *text)
{
	separate(out);
	json_text(out, text);
}

static void json_key(struct buffer *out, const char *key)
{
	json_element(out, key);
	buffer_byte(out, ':');
}

static void json_member(struct buffer *out, const char *key, const char *text)
{
	json_key(out, key);
	json_text(out, text);
}

static void json_list(struct buffer *out, const char *key, const char *const *words, size_t count)
{
	json_key(out, key);
	buffer_byte(out, '[');
	for (size_t i = 0; i < count; i++)
		json_element(out, words[i]);
	buffer_byte(out, ']');
}

static void given_values(
	struct buffer *out, const struct options *options, const struct options_flag *flag)
{
	buffer_byte(out, '[');
	for (size_t i = 0; i < options->value_count; i++)
		if (options->values[i].flag == flag)
			json_element(out, options->values[i].text);
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
		json_key(out, flag->name);
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
	json_key(out, "run_flags");
	buffer_byte(out, '[');
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++)
		if (options_flag_belongs(flag, "run"))
			json_element(out, flag->name);
	buffer_byte(out, ']');
}

static void commands(struct buffer *out)
{
	json_key(out, "commands");
	buffer_byte(out, '[');
	for (const struct options_command *c = options_commands; c->name != NULL; c++)
		json_element(out, c->name);
	buffer_byte(out, ']');
}

void options_json(struct buffer *out, const struct options *options)
{
	buffer_byte(out, '{');
	json_member(out, "command", options->command != NULL ? options->command->name : "help");
	json_list(out, "arguments", options->arguments, options->argument_count);
	json_list(out, "unknown", options->unknown, options->unknown_count);
	given(out, options);
	run_flags(out);
	commands(out);
	buffer_byte(out, '}');
}
