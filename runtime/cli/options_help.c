/* -h and --help, out of the table. */
#include "cli/options.h"

#include "base/text.h"

#include <string.h>

#define COLUMNS 80
#define LEFT 36 /* width of the left column */

static void pad(struct buffer *out, size_t from, size_t to)
{
	do
		buffer_byte(out, ' ');
	while (++from < to);
}

/* Breaks text at spaces; the first line continues at column `at`, the others begin at `indent`. */
static void wrap(struct buffer *out, const char *text, size_t at, size_t indent)
{
	while (*text != '\0') {
		size_t size = strcspn(text, " ");
		size_t width = text_width(text, size);
		if (at > indent && at + 1 + width > COLUMNS) {
			buffer_byte(out, '\n');
			pad(out, 0, indent);
			at = indent;
		} else if (at > indent) {
			buffer_byte(out, ' ');
			at++;
		}
		buffer_append(out, text, size);
		at += width;
		text += size + strspn(text + size, " ");
	}
	buffer_byte(out, '\n');
}

/* "  left      text", the text on a line of its own where left is long. */
static void entry(struct buffer *out, const char *left, const char *text)
{
	size_t width = strlen(left) + 2;
	buffer_format(out, "  %s", left);
	if (width >= LEFT) {
		buffer_byte(out, '\n');
		width = 0;
	}
	pad(out, width, LEFT);
	wrap(out, text, LEFT, LEFT);
}

static void command_line(const struct options_command *command, struct buffer *out)
{
	buffer_format(out, "bench %s", command->name);
	if (command->arguments[0] != '\0')
		buffer_format(out, " %s", command->arguments);
}

static void command_entry(struct buffer *out, const struct options_command *command)
{
	struct buffer left = BUFFER_EMPTY;
	command_line(command, &left);
	entry(out, buffer_string(&left), command->help);
	buffer_free(&left);
}

static void flag_entry(struct buffer *out, const struct options_flag *flag)
{
	struct buffer left = BUFFER_EMPTY, text = BUFFER_EMPTY;
	buffer_format(&left, "--%s", flag->name);
	if (flag->value != NULL)
		buffer_format(&left, flag->optional ? " [%s]" : " %s", flag->value);
	buffer_text(&text, flag->help);
	if (flag->default_text != NULL)
		buffer_format(&text, " (%s)", flag->default_text);
	if (flag->repeated)
		buffer_text(&text, "; may be given several times");
	entry(out, buffer_string(&left), buffer_string(&text));
	buffer_free(&left);
	buffer_free(&text);
}

void options_short_help(struct buffer *out)
{
	buffer_text(out,
		"bench: measure servers of language models with Lua scripts, keep every run\n\n");
	for (const struct options_command *c = options_commands; c->name != NULL; c++)
		command_entry(out, c);
	buffer_text(out, "\n  --db FILE  --format table|md|csv|json  --quiet"
			 "  (bench COMMAND --help: all)\n"
			 "\ntry:  bench run scripts/sky_blue.lua --backends sim\n");
}

static bool is_common(const struct options_flag *flag)
{
	return strcmp(flag->commands, "*") == 0;
}

/* command NULL: of all of them. */
static void common_flags(struct buffer *out, const struct options_command *command)
{
	buffer_text(out, "\nEvery command\n");
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++)
		if (is_common(flag) &&
			(command == NULL || options_flag_belongs(flag, command->name)))
			flag_entry(out, flag);
}

static void own_flags(struct buffer *out, const struct options_command *command)
{
	bool any = false;
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
		if (flag->help == NULL || is_common(flag) ||
			!options_flag_belongs(flag, command->name))
			continue;
		if (!any)
			buffer_byte(out, '\n');
		any = true;
		flag_entry(out, flag);
	}
}

void options_long_help(struct buffer *out, const struct options_command *command)
{
	if (command != NULL) {
		command_line(command, out);
		buffer_format(out, "\n\n  %s\n", command->help);
		if (command->details != NULL) {
			buffer_text(out, "\n  ");
			wrap(out, command->details, 2, 2);
		}
		own_flags(out, command);
		common_flags(out, command);
		return;
	}
	buffer_text(out,
		"bench: measure servers of language models with Lua scripts, keep every run\n");
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		buffer_byte(out, '\n');
		command_entry(out, c);
		own_flags(out, c);
	}
	common_flags(out, command);
	buffer_text(out, "\nExit codes: bench help exit-codes\n");
}
