#include "sim/play_parse.h"

#include "base/memory.h"
#include "base/text.h"
#include "sim/play.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MAX ((size_t)256 << 20)
#define ANSWER_MAX_NS 1e18 /* some 30 years */

struct parser {
	struct play *play;
	struct play_script *script; /* the answer being read, or NULL */
	const char *at, *end;       /* the rest of the line */
	int64_t line_ns;            /* when the line before was through */
	int64_t byte_ns;
	char problem[200];
};

static bool problem(struct parser *parser, const char *words)
{
	snprintf(parser->problem, sizeof parser->problem, "%s", words);
	return false;
}

static void skip_blanks(struct parser *parser)
{
	while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\t'))
		parser->at++;
}

static bool is_done(struct parser *parser)
{
	skip_blanks(parser);
	return parser->at == parser->end;
}

/* The next word of the line, a copy; NULL at the end of it. */
static char *next_word(struct parser *parser)
{
	skip_blanks(parser);
	const char *start = parser->at;
	while (parser->at < parser->end && *parser->at != ' ' && *parser->at != '\t')
		parser->at++;
	return parser->at > start ? memory_bytes(start, (size_t)(parser->at - start)) : NULL;
}

static char *rest_of_line(struct parser *parser)
{
	skip_blanks(parser);
	const char *end = parser->end;
	while (end > parser->at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	char *rest = memory_bytes(parser->at, (size_t)(end - parser->at));
	parser->at = parser->end;
	return rest;
}

/* Milliseconds, decimals allowed. */
static bool read_ms(struct parser *parser, int64_t *ns)
{
	char *word = next_word(parser), *end = NULL;
	double value = word != NULL ? strtod(word, &end) : 0;
	bool good = word != NULL && end > word && !*end && value >= 0 && value <= 1e9;
	free(word);
	if (!good)
		return problem(parser, "a time is a number of milliseconds");
	*ns = (int64_t)llround(value * 1e6);
	return true;
}

/* Which of these words the next one is; -1 for another, or none. */
static int read_choice(struct parser *parser, const char *const *words)
{
	char *word = next_word(parser);
	int which = 0;
	while (words[which] != NULL && (word == NULL || strcmp(words[which], word) != 0))
		which++;
	free(word);
	return words[which] != NULL ? which : -1;
}

/* Reads what follows a backslash. */
static bool append_escape(struct parser *parser, struct buffer *out)
{
	static const char names[] = "nrt\"\\0";
	static const char bytes[] = "\n\r\t\"\\";
	char name = parser->at < parser->end ? *parser->at++ : '\0';
	if (name == 'x') {
		int high = parser->end - parser->at >= 2 ? text_hex_digit(parser->at[0]) : -1;
		int low = high >= 0 ? text_hex_digit(parser->at[1]) : -1;
		if (low < 0)
			return problem(parser, "\\x needs two hexadecimal digits");
		parser->at += 2;
		return buffer_byte(out, (char)(high << 4 | low));
	}
	const char *found = name ? strchr(names, name) : NULL;
	if (found == NULL)
		return problem(
			parser, "unknown escape; \\n \\r \\t \\\" \\\\ \\0 and \\xHH are known");
	return buffer_byte(out, name == '0' ? '\0' : bytes[found - names]);
}

/* A string in quotes; at stands on the first quote. */
static bool append_quoted(struct parser *parser, struct buffer *out)
{
	parser->at++;
	while (parser->at < parser->end && *parser->at != '"') {
		char byte = *parser->at++;
		if (byte != '\\')
			buffer_byte(out, byte);
		else if (!append_escape(parser, out))
			return false;
	}
	if (parser->at == parser->end)
		return problem(parser, "the string has no closing quote");
	parser->at++;
	return true;
}

static bool repeat(struct parser *parser, struct buffer *out, size_t start)
{
	if (parser->at == parser->end || *parser->at != '*')
		return true;
	size_t count = 0, size = out->size - start;
	parser->at++;
	while (parser->at < parser->end && isdigit((unsigned char)*parser->at) &&
		count <= ANSWER_MAX)
		count = 10 * count + (size_t)(*parser->at++ - '0');
	if (count == 0 || size == 0 || count > ANSWER_MAX / size)
		return problem(parser, "*N repeats a string N times, up to 256 MiB in all");
	char *once = memory_bytes(out->data + start, size);
	for (size_t i = 1; i < count; i++)
		buffer_append(out, once, size);
	free(once);
	return out->size - start == size * count || problem(parser, "the answer is over 256 MiB");
}

/* All strings that follow on the line, joined. */
static bool read_strings(struct parser *parser, struct buffer *out)
{
	while (!is_done(parser) && *parser->at == '"') {
		size_t start = out->size;
		if (!append_quoted(parser, out) || !repeat(parser, out, start))
			return false;
	}
	return true;
}

static struct play_step *add_step(struct play_script *script, enum play_act act, int64_t at_ns)
{
	script->steps = memory_resize(script->steps, script->step_count + 1, sizeof *script->steps);
	struct play_step *step = &script->steps[script->step_count++];
	*step = (struct play_step){.act = act, .at_ns = at_ns};
	return step;
}

static bool read_time(struct parser *parser, int64_t *at_ns)
{
	bool relative = parser->at < parser->end && *parser->at == '+';
	if (relative)
		parser->at++;
	if (!read_ms(parser, at_ns))
		return false;
	if (relative)
		*at_ns += parser->line_ns;
	return true;
}

static bool read_ending(struct parser *parser)
{
	static const char *const words[] = {"END", "CLOSE", "RST", NULL};
	static const enum play_act acts[] = {PLAY_END, PLAY_CLOSE, PLAY_RST};
	if (is_done(parser))
		return true;
	int which = read_choice(parser, words);
	if (which < 0)
		return problem(parser, "after a time come strings, END, CLOSE or RST");
	add_step(parser->script, acts[which], parser->line_ns);
	return is_done(parser) || problem(parser, "nothing may follow the end");
}

static bool ends_in_time(struct parser *parser, size_t size)
{
	double bytes_ns = (double)parser->byte_ns * (double)size;
	return (double)parser->line_ns + bytes_ns <= ANSWER_MAX_NS ||
	       problem(parser, "an answer takes 30 years at most");
}

/* @100 "bytes" END */
static bool read_step(struct parser *parser)
{
	struct play_script *script = parser->script;
	int64_t at_ns = 0;
	parser->at++;
	if (!read_time(parser, &at_ns))
		return false;
	if (at_ns > parser->line_ns)
		parser->line_ns = at_ns;
	struct buffer data;
	buffer_init(&data, ANSWER_MAX);
	if (!read_strings(parser, &data) || !ends_in_time(parser, data.size)) {
		buffer_free(&data);
		return false;
	}
	if (data.size == 0) {
		buffer_free(&data);
		return read_ending(parser);
	}
	struct play_step *step = add_step(script, PLAY_SEND, parser->line_ns);
	step->size = data.size;
	step->byte_ns = parser->byte_ns;
	step->data = buffer_detach(&data, NULL);
	script->body_size += step->size;
	parser->line_ns += step->byte_ns * (int64_t)(step->size - 1);
	return read_ending(parser);
}

static bool read_request(struct parser *parser)
{
	struct play *play = parser->play;
	play->scripts = memory_resize(play->scripts, play->script_count + 1, sizeof *play->scripts);
	parser->script = &play->scripts[play->script_count++];
	*parser->script = (struct play_script){.status = 200, .head_ns = -1};
	buffer_init(&parser->script->headers, BUFFER_UNLIMITED);
	parser->line_ns = parser->byte_ns = 0;
	char *word = next_word(parser);
	if (word != NULL && *word == '/') {
		parser->script->path = word;
		return true;
	}
	parser->script->method = word;
	parser->script->path = next_word(parser);
	if (parser->script->path != NULL && *parser->script->path != '/')
		return problem(parser, "request [METHOD] [PATH]: a path begins with /");
	return true;
}

static bool read_default(struct parser *parser)
{
	struct play *play = parser->play;
	play->pages = memory_resize(play->pages, play->page_count + 1, sizeof *play->pages);
	struct play_page *page = &play->pages[play->page_count++];
	page->method = next_word(parser);
	page->path = next_word(parser);
	page->body = rest_of_line(parser);
	return (page->path != NULL && *page->path == '/') ||
	       problem(parser, "default METHOD PATH JSON: a path begins with /");
}

static bool read_status(struct parser *parser)
{
	char *word = next_word(parser);
	parser->script->status = word != NULL ? atoi(word) : 0;
	free(word);
	bool good = parser->script->status >= 100 && parser->script->status <= 999;
	return good || problem(parser, "a status is a number from 100 to 999");
}

static bool read_header(struct parser *parser)
{
	char *line = rest_of_line(parser);
	size_t name_size = strcspn(line, ":");
	bool good = name_size > 0 && line[name_size] == ':';
	if (good) {
		struct play_script *script = parser->script;
		buffer_format(&script->headers, "%s\r\n", line);
		script->has_type = script->has_type || strncasecmp(line, "content-type:", 13) == 0;
		script->closes = script->closes || (strncasecmp(line, "connection:", 11) == 0 &&
							   strcasestr(line, "close") != NULL);
	}
	free(line);
	return good || problem(parser, "header Name: value");
}

static bool read_framing(struct parser *parser)
{
	static const char *const words[] = {"chunked", "identity", "length", "raw", NULL};
	int which = read_choice(parser, words);
	if (which < 0)
		return problem(parser, "framing is chunked, identity, length or raw");
	parser->script->framing = (enum play_framing)which;
	return true;
}

static bool read_every(struct parser *parser)
{
	struct play_script *script = parser->script;
	int64_t interval = 0;
	if (!read_ms(parser, &interval) || interval == 0)
		return problem(parser, "every MS \"bytes\": the time is more than 0 milliseconds");
	struct buffer data;
	buffer_init(&data, ANSWER_MAX);
	if (!read_strings(parser, &data) || data.size == 0) {
		buffer_free(&data);
		return *parser->problem ? false : problem(parser, "every MS \"bytes\"");
	}
	script->every =
		memory_resize(script->every, script->every_count + 1, sizeof *script->every);
	struct play_every *every = &script->every[script->every_count++];
	*every = (struct play_every){.from_ns = parser->line_ns, .interval_ns = interval};
	every->size = data.size;
	every->data = buffer_detach(&data, NULL);
	return true;
}

static bool unknown_word(struct parser *parser, const char *word)
{
	static const char *const words[] = {"request", "default", "status", "header", "framing",
		"head", "bytewise", "every", NULL};
	const char *near = text_nearest(word, words);
	snprintf(parser->problem, sizeof parser->problem, "\"%.60s\" is no directive%s%s%s", word,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return false;
}

static bool read_directive(struct parser *parser, const char *word)
{
	if (strcmp(word, "request") == 0)
		return read_request(parser);
	if (strcmp(word, "default") == 0)
		return read_default(parser);
	if (parser->script == NULL)
		return problem(parser, "a file begins with request or default");
	if (strcmp(word, "status") == 0)
		return read_status(parser);
	if (strcmp(word, "header") == 0)
		return read_header(parser);
	if (strcmp(word, "framing") == 0)
		return read_framing(parser);
	if (strcmp(word, "head") == 0)
		return read_ms(parser, &parser->script->head_ns);
	if (strcmp(word, "bytewise") == 0)
		return read_ms(parser, &parser->byte_ns);
	if (strcmp(word, "every") == 0)
		return read_every(parser);
	return unknown_word(parser, word);
}

static bool read_line(struct parser *parser)
{
	if (is_done(parser) || *parser->at == '#')
		return true;
	if (*parser->at == '@') {
		if (parser->script == NULL)
			return problem(parser, "a file begins with request or default");
		return read_step(parser);
	}
	char *word = next_word(parser);
	bool good = read_directive(parser, word);
	free(word);
	return good &&
	       (is_done(parser) || problem(parser, "there is more on the line than it takes"));
}

/* The head as a step of its own, before the first step that is later. */
static void place_head(struct play_script *script)
{
	if (script->head_ns < 0 || script->framing == PLAY_RAW)
		return;
	add_step(script, PLAY_HEAD, script->head_ns);
	size_t at = script->step_count - 1;
	struct play_step head = script->steps[at];
	while (at > 0 && script->steps[at - 1].at_ns >= head.at_ns) {
		script->steps[at] = script->steps[at - 1];
		at--;
	}
	script->steps[at] = head;
}

struct play *play_parse(const char *name, const char *text, size_t size, struct error *error)
{
	struct play *play = memory_new(sizeof *play);
	struct parser parser = {.play = play};
	const char *end = text + size;
	for (int line = 1; text < end; line++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		parser.at = text;
		parser.end = newline != NULL ? newline : end;
		text = newline != NULL ? newline + 1 : end;
		if (parser.end > parser.at && parser.end[-1] == '\r')
			parser.end--;
		if (read_line(&parser))
			continue;
		error_set(error, ERROR_USAGE, "%s line %d: %s", name, line, parser.problem);
		play_free(play);
		return NULL;
	}
	for (size_t i = 0; i < play->script_count; i++)
		place_head(&play->scripts[i]);
	return play;
}

static void free_script(struct play_script *script)
{
	for (size_t i = 0; i < script->step_count; i++)
		free(script->steps[i].data);
	for (size_t i = 0; i < script->every_count; i++)
		free(script->every[i].data);
	free(script->steps);
	free(script->every);
	free(script->method);
	free(script->path);
	buffer_free(&script->headers);
}

void play_free(struct play *play)
{
	if (play == NULL)
		return;
	for (size_t i = 0; i < play->script_count; i++)
		free_script(&play->scripts[i]);
	for (size_t i = 0; i < play->page_count; i++) {
		free(play->pages[i].method);
		free(play->pages[i].path);
		free(play->pages[i].body);
	}
	free(play->scripts);
	free(play->pages);
	free(play);
}
