/* The man page, out of the table. */
#include "cli/options.h"

#include <string.h>

/* roff takes a hyphen for a dash and a leading dot or apostrophe for a request. */
static void roff(struct buffer *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		buffer_text(out, "\\&");
	for (; *text != '\0'; text++) {
		if (*text == '-')
			buffer_text(out, "\\-");
		else if (*text == '\\')
			buffer_text(out, "\\e");
		else
			buffer_byte(out, *text);
	}
}

static void roff_line(struct buffer *out, const char *text)
{
	roff(out, text);
	buffer_byte(out, '\n');
}

static void flag_paragraph(struct buffer *out, const struct options_flag *flag)
{
	buffer_text(out, ".TP\n.B ");
	buffer_text(out, "\\-\\-");
	roff(out, flag->name);
	if (flag->value != NULL) {
		buffer_text(out, " \\fI");
		roff(out, flag->value);
		buffer_text(out, "\\fR");
	}
	buffer_byte(out, '\n');
	roff(out, flag->help);
	if (flag->default_text != NULL) {
		buffer_text(out, " (");
		roff(out, flag->default_text);
		buffer_byte(out, ')');
	}
	if (flag->repeated)
		buffer_text(out, "; may be given several times");
	buffer_byte(out, '\n');
}

/* command NULL: the flags of every command. */
static void flags(struct buffer *out, const char *command)
{
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
		bool common = strcmp(flag->commands, "*") == 0;
		if (flag->help == NULL || common != (command == NULL))
			continue;
		if (command == NULL || options_flag_belongs(flag, command))
			flag_paragraph(out, flag);
	}
}

static void commands(struct buffer *out)
{
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		buffer_format(out, ".SS bench %s ", c->name);
		roff_line(out, c->arguments);
		roff(out, c->help);
		buffer_text(out, ".\n");
		if (c->details != NULL)
			roff_line(out, c->details);
		flags(out, c->name);
	}
}

static void exit_codes(struct buffer *out)
{
	static const char *const rows[][2] = {
		{"0", "all well"},
		{"1", "a promise (expect) is broken, or a regression found"},
		{"2", "wrong usage, or a script that does not load"},
		{"3", "the script failed while running"},
		{"4", "no backend could be reached, not one request ended ok, or a backend named "
		      "on the command line was not there"},
		{"5", "inconclusive: a plan that the client could not keep, a load that "
		      "measured nothing, too few samples, a promise over no data, a regression "
		      "that cannot be told, or another experiment (compare --strict)"},
		{"6", "the database could not be written, or what is printed into a file"},
		{"130, 143", "interrupted; what was measured is kept"},
		{"134", "no memory was left; what was measured is kept"},
	};
	buffer_text(out, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buffer_format(out, ".TP\n.B %s\n", rows[i][0]);
		roff_line(out, rows[i][1]);
	}
}

void options_man_page(struct buffer *out)
{
	buffer_text(out,
		".TH BENCH 1 \"\" \"bench " BENCH_VERSION "\"\n.SH NAME\n"
		"bench \\- measure servers of language models with Lua scripts, keep every run\n"
		".SH SYNOPSIS\n.B bench\n.I COMMAND\n[\\fB\\-\\-flag\\fR \\fIvalue\\fR ...]\n"
		".SH COMMANDS\n");
	commands(out);
	buffer_text(out, ".SH FLAGS OF EVERY COMMAND\n");
	flags(out, NULL);
	exit_codes(out);
	buffer_text(out,
		".SH ENVIRONMENT\n.TP\n.B BENCH_DB\nThe file that keeps the runs.\n"
		".TP\n.B XDG_DATA_HOME\nElse it is bench/bench.db there, or in ~/.local/share.\n"
		".TP\n.B OLLAMA_HOST, OPENAI_BASE_URL, OPENAI_API_KEY\n"
		"Where backends are, and the key that goes to the host of that URL alone.\n"
		".TP\n.B BENCH_HEADERS\nHeaders for the same host, a line \"Name: value\" each.\n"
		".TP\n.B SSL_CERT_FILE\nThe certificates to trust, in place of this machine's.\n"
		".TP\n.B NO_COLOR\nNo colours.\n"
		".SH SEE ALSO\n.B bench help\nlists the topics that it explains (api: the "
		"functions of a script, settings, reply, metrics, addresses, loads, expect ...) "
		"and the ready scenarios.\n");
}
