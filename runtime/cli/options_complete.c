/* Shell completions, out of the table. */
#include "cli/options.h"
#include "embedded.h"

#include <string.h>

static void flag_words(struct buffer *out, const char *command, const char *before)
{
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++)
		if (flag->help != NULL && options_flag_belongs(flag, command))
			buffer_format(out, "%s--%s", before, flag->name);
}

static void command_words(struct buffer *out)
{
	for (const struct options_command *c = options_commands; c->name != NULL; c++)
		buffer_format(out, "%s%s", c == options_commands ? "" : " ", c->name);
}

/* Names of the files of a folder, without their ending. */
static void file_words(struct buffer *out, const char *folder)
{
	size_t size = strlen(folder);
	for (const struct embedded_file *file = embedded_files; file->path != NULL; file++)
		if (strncmp(file->path, folder, size) == 0)
			buffer_format(out, " %.*s", (int)strcspn(file->path + size, "."),
				file->path + size);
}

/* What may stand behind a command beside files, with a blank before each. */
static void argument_words(struct buffer *out, const char *command)
{
	if (strcmp(command, "run") == 0)
		file_words(out, "scripts/");
	if (strcmp(command, "db") == 0)
		buffer_text(out, " path check vacuum rm");
	if (strcmp(command, "sql") == 0)
		file_words(out, "db/queries/");
	if (strcmp(command, "help") != 0)
		return;
	buffer_byte(out, ' ');
	command_words(out);
	file_words(out, "lib/help/");
	file_words(out, "scripts/");
}

/* The words of which a flag takes one, with blanks between them. */
static void choice_words(struct buffer *out, const struct options_flag *flag)
{
	for (const char *word = flag->value; *word != '\0'; word++)
		buffer_byte(out, *word == '|' ? ' ' : *word);
}

static bool takes_a_file(const struct options_flag *flag)
{
	return flag->value != NULL &&
	       (strncmp(flag->value, "FILE", 4) == 0 || strcmp(flag->value, "RUN") == 0);
}

/* What may stand behind those flags of a command that take one of some words. */
static void bash_choices(struct buffer *out, const char *command)
{
	buffer_text(out, "\"\n      case \"$before\" in");
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
		if (flag->type != OPTIONS_CHOICE || flag->help == NULL ||
			!options_flag_belongs(flag, command))
			continue;
		buffer_format(out, " --%s) choices=\"", flag->name);
		choice_words(out, flag);
		buffer_text(out, "\" ;;");
	}
	buffer_text(out, " esac ;;\n");
}

static void bash(struct buffer *out)
{
	buffer_text(out, "_bench_files() {\n" /* their names may hold spaces */
			 "  mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f \"$@\")\n}\n"
			 "_bench() {\n"
			 "  local word=\"${COMP_WORDS[COMP_CWORD]}\" flags=\"\" words=\"\"\n"
			 "  local before=\"${COMP_WORDS[COMP_CWORD - 1]}\" choices=\"\"\n"
			 "  case \"$before$word\" in\n" /* --format=md is three words */
			 "    --*=) word=\"\" ;;\n"
			 "    =*) before=\"${COMP_WORDS[COMP_CWORD - 2]}\" ;;\n  esac\n"
			 "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
			 "    COMPREPLY=($(compgen -W \"");
	command_words(out);
	buffer_text(out, "\" -- \"$word\"))\n"
			 "    _bench_files -X '!*.lua' -- \"$word\"\n"
			 "    return\n  fi\n  case \"${COMP_WORDS[1]}\" in\n");
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		buffer_format(out, "    %s) flags=\"", c->name);
		flag_words(out, c->name, " ");
		buffer_text(out, "\" words=\"");
		argument_words(out, c->name);
		bash_choices(out, c->name);
	}
	buffer_text(out, "  esac\n  if [ -n \"$choices\" ]; then\n"
			 "    COMPREPLY=($(compgen -W \"$choices\" -- \"$word\"))\n"
			 "    return\n  fi\n  case \"$word\" in\n"
			 "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$word\")) ;;\n"
			 "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
			 "       _bench_files -- \"$word\" ;;\n"
			 "  esac\n}\ncomplete -o filenames -F _bench bench\n");
}

/* In single quotes, with the characters that zsh's _arguments and fish read taken out of
 * the way. */
static void quoted(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buffer_text(out, "'\\''");
		else if (*text == '[' || *text == ']' || *text == ':')
			buffer_format(out, "\\%c", *text);
		else
			buffer_byte(out, *text);
	}
}

static void zsh_value(struct buffer *out, const struct options_flag *flag)
{
	if (flag->value == NULL)
		return;
	buffer_byte(out, ':');
	quoted(out, flag->value);
	if (flag->type != OPTIONS_CHOICE) {
		buffer_text(out, takes_a_file(flag) ? ":_files" : ": ");
		return;
	}
	buffer_text(out, ":(");
	choice_words(out, flag);
	buffer_byte(out, ')');
}

static void zsh(struct buffer *out)
{
	buffer_text(out, "#compdef bench\n_bench_words() { compadd -- \"$@\"; _files }\n"
			 "_bench() {\n  local -a commands\n  commands=(\n");
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		buffer_format(out, "    '%s:", c->name);
		quoted(out, c->help);
		buffer_text(out, "'\n");
	}
	buffer_text(out, "  )\n  if (( CURRENT == 2 )); then\n"
			 "    _describe command commands\n    _files -g '*.lua'\n    return\n  fi\n"
			 "  case \"$words[2]\" in\n");
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		buffer_format(out, "    %s) _arguments", c->name);
		for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
			if (flag->help == NULL || !options_flag_belongs(flag, c->name))
				continue;
			buffer_format(out, " '%s--%s%s[", flag->repeated ? "*" : "", flag->name,
				flag->value != NULL ? "=" : "");
			quoted(out, flag->help);
			buffer_byte(out, ']');
			zsh_value(out, flag);
			buffer_byte(out, '\'');
		}
		buffer_text(out, " '*:file: _bench_words");
		argument_words(out, c->name);
		buffer_text(out, "' ;;\n");
	}
	buffer_text(out, "  esac\n}\n_bench \"$@\"\n");
}

static void fish_text(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			buffer_byte(out, '\\');
		buffer_byte(out, *text);
	}
}

static void fish_value(struct buffer *out, const struct options_flag *flag)
{
	if (flag->type == OPTIONS_SWITCH)
		return;
	buffer_text(out, takes_a_file(flag) ? " -r" : " -x");
	if (flag->type != OPTIONS_CHOICE)
		return;
	buffer_text(out, " -a '");
	choice_words(out, flag);
	buffer_byte(out, '\'');
}

static void fish(struct buffer *out)
{
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		buffer_format(
			out, "complete -c bench -n __fish_use_subcommand -a %s -d '", c->name);
		fish_text(out, c->help);
		buffer_format(out, "'\ncomplete -c bench -n '__fish_seen_subcommand_from %s' -a '",
			c->name);
		argument_words(out, c->name);
		buffer_text(out, "'\n");
		for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
			if (flag->help == NULL || !options_flag_belongs(flag, c->name))
				continue;
			buffer_format(out,
				"complete -c bench -n '__fish_seen_subcommand_from %s' -l %s",
				c->name, flag->name);
			fish_value(out, flag);
			buffer_text(out, " -d '");
			fish_text(out, flag->help);
			buffer_text(out, "'\n");
		}
	}
}

void options_completion(struct buffer *out, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		bash(out);
	else if (strcmp(shell, "zsh") == 0)
		zsh(out);
	else
		fish(out);
}
