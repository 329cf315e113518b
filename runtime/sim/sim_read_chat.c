#include "sim/sim_read.h"

#include <stdlib.h>
#include <string.h>

/* Content is a text, or a list of parts of which the texts count. */
static void append_content(const struct sim_json *json, int content, struct buffer *out)
{
	if (sim_json_append_text(json, content, out))
		return;
	for (int part = sim_json_first(json, content); part >= 0; part = sim_json_next(json, part))
		sim_json_append_text(json, sim_json_member(json, part, "text"), out);
}

bool sim_read_messages(const struct sim_json *json, int messages, int tools, struct buffer *out)
{
	if (sim_json_type(json, messages) != SIM_JSON_ARRAY)
		return false;
	if (sim_json_first(json, tools) >= 0) {
		size_t size = 0;
		const char *text = sim_json_raw(json, tools, &size);
		buffer_text(out, "<|im_start|>system\n# Tools\n");
		buffer_append(out, text, size);
		buffer_text(out, "<|im_end|>\n");
	}
	for (int at = sim_json_first(json, messages); at >= 0; at = sim_json_next(json, at)) {
		buffer_text(out, "<|im_start|>");
		sim_json_append_text(json, sim_json_member(json, at, "role"), out);
		buffer_byte(out, '\n');
		append_content(json, sim_json_member(json, at, "content"), out);
		buffer_text(out, "<|im_end|>\n");
	}
	buffer_text(out, "<|im_start|>assistant\n");
	return true;
}

struct arguments {
	const struct sim_json *json;
	struct buffer out;
};

static const char *sample_of(const char *type)
{
	if (type == NULL || strcmp(type, "string") == 0)
		return "\"text\"";
	if (strcmp(type, "boolean") == 0)
		return "true";
	if (strcmp(type, "array") == 0)
		return "[]";
	return strcmp(type, "object") == 0 ? "{}" : "1";
}

static void add_argument(void *context, int key, int value)
{
	struct arguments *arguments = context;
	size_t size = 0;
	const char *text = sim_json_raw(arguments->json, key, &size);
	buffer_text(&arguments->out, arguments->out.size > 1 ? "," : "");
	buffer_append(&arguments->out, text, size);
	buffer_byte(&arguments->out, ':');
	int choice =
		sim_json_first(arguments->json, sim_json_member(arguments->json, value, "enum"));
	if (choice >= 0) {
		text = sim_json_raw(arguments->json, choice, &size);
		buffer_append(&arguments->out, text, size);
		return;
	}
	char *type =
		sim_json_text(arguments->json, sim_json_member(arguments->json, value, "type"));
	buffer_text(&arguments->out, sample_of(type));
	free(type);
}

static void choose_tool(struct sim_ask *ask, const struct sim_json *json, int function)
{
	ask->tool = sim_json_text(json, sim_json_member(json, function, "name"));
	if (ask->tool == NULL)
		return;
	struct arguments arguments = {.json = json};
	buffer_init(&arguments.out, BUFFER_UNLIMITED);
	int parameters = sim_json_member(json, function, "parameters");
	buffer_byte(&arguments.out, '{');
	sim_json_members(
		json, sim_json_member(json, parameters, "properties"), add_argument, &arguments);
	buffer_byte(&arguments.out, '}');
	ask->arguments = buffer_detach(&arguments.out, NULL);
}

/* The last message names the function, or speaks of a tool. */
static bool is_spoken_of(const char *message, const char *name)
{
	return message != NULL && ((name != NULL && *name && strstr(message, name) != NULL) ||
					  strstr(message, "tool") != NULL);
}

static char *last_message(const struct sim_json *json, int messages)
{
	struct buffer text = BUFFER_EMPTY;
	for (int at = sim_json_first(json, messages); at >= 0; at = sim_json_next(json, at)) {
		buffer_clear(&text);
		append_content(json, sim_json_member(json, at, "content"), &text);
	}
	return buffer_detach(&text, NULL);
}

void sim_read_tools(struct sim_ask *ask, const struct sim_json *json)
{
	int messages = sim_json_member(json, 0, "messages");
	int tools = sim_json_member(json, 0, "tools");
	int choice = sim_json_member(json, 0, "tool_choice");
	char *word = sim_json_text(json, choice);
	int named = sim_json_member(json, sim_json_member(json, choice, "function"), "name");
	char *wanted = sim_json_text(json, named);
	char *message = last_message(json, messages);
	bool never = word != NULL && strcmp(word, "none") == 0;
	bool always = word != NULL && strcmp(word, "required") == 0;
	for (int at = sim_json_first(json, tools); at >= 0 && !never && ask->tool == NULL;
		at = sim_json_next(json, at)) {
		int function = sim_json_member(json, at, "function");
		char *name = sim_json_text(json, sim_json_member(json, function, "name"));
		bool this = wanted != NULL ? name != NULL && strcmp(name, wanted) == 0
					   : always || is_spoken_of(message, name);
		if (this)
			choose_tool(ask, json, function);
		free(name);
	}
	free(word);
	free(wanted);
	free(message);
}
