/* Shell completions, out of the table. */
#include "cli/options.h"

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

static void bash(struct buffer *out)
{
	buffer_text(out, "_bench() {\n"
			 "  local word=\"${COMP_WORDS[COMP_CWORD]}\" flags=\"\"\n"
			 "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
			 "    COMPREPLY=($(compgen -W \"");
	command_words(out);
	buffer_text(out, "\" -- \"$word\") $(compgen -f -X '!*.lua' -- \"$word\"))\n"
			 "    return\n  fi\n  case \"${COMP_WORDS[1]}\" in\n");
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		buffer_format(out, "    %s) flags=\"", c->name);
		flag_words(out, c->name, " ");
		buffer_text(out, "\" ;;\n");
	}
	buffer_text(out, "  esac\n  case \"$word\" in\n"
			 "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$word\")) ;;\n"
			 "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
			 "  esac\n}\ncomplete -o filenames -F _bench bench\n");
}

/* In single quotes, with the characters that zsh's _arguments and fish read taken out of the way.
 */
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

static void zsh(struct buffer *out)
{
	buffer_text(out, "#compdef bench\n_bench() {\n  local -a commands\n  commands=(\n");
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
			buffer_format(out, " '%s--%s[", flag->repeated ? "*" : "", flag->name);
			quoted(out, flag->help);
			buffer_byte(out, ']');
			if (flag->value != NULL) {
				buffer_byte(out, ':');
				quoted(out, flag->value);
				buffer_text(out, ":_files");
			}
			buffer_byte(out, '\'');
		}
		buffer_text(out, " '*:file:_files' ;;\n");
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

static void fish(struct buffer *out)
{
	for (const struct options_command *c = options_commands; c->name != NULL; c++) {
		buffer_format(
			out, "complete -c bench -n __fish_use_subcommand -a %s -d '", c->name);
		fish_text(out, c->help);
		buffer_text(out, "'\n");
		for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
			if (flag->help == NULL || !options_flag_belongs(flag, c->name))
				continue;
			buffer_format(out,
				"complete -c bench -n '__fish_seen_subcommand_from %s' -l %s%s -d "
				"'",
				c->name, flag->name, flag->type == OPTIONS_SWITCH ? "" : " -r");
			fish_text(out, flag->help);
			buffer_text(out, "'\n");
		}
	}
}

bool options_completion(struct buffer *out, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		bash(out);
	else if (strcmp(shell, "zsh") == 0)
		zsh(out);
	else if (strcmp(shell, "fish") == 0)
		fish(out);
	else
		return false;
	return true;
}
