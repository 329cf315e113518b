/* Reads a transcript of tests/wire/ (see its README): the answer's status, headers and body, with
 * the read that brought each byte. */
#ifndef BENCH_UNIT_TRANSCRIPT_H
#define BENCH_UNIT_TRANSCRIPT_H

#include "unit.h"

#include "base/memory.h"
#include "net/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct transcript {
	char path[64]; /* of the request */
	struct buffer request;
	bool stream; /* was asked for */

	struct buffer bytes; /* as they came */
	size_t read_count;
	size_t *read_ends; /* the offset in `bytes` behind each read */
	double *read_ms;

	long status;
	struct buffer headers; /* "name: value\n" */
	struct buffer body;
	struct buffer
		body_reads; /* for each byte of the body the number of its read, as uint16_t */
	bool whole;         /* the body came to its end */
};

/* The value of a key in an object, or 0 (the top, which is no value). */
static size_t json_member(const struct json *json, size_t object, const char *key)
{
	size_t end = json->tokens[object].next;

	for (size_t at = object + 1; at < end; at = json->tokens[at + 1].next) {
		const struct json_token *token = &json->tokens[at];
		size_t size = token->end - token->start;
		if (size == strlen(key) && memcmp(json->text + token->start, key, size) == 0)
			return at + 1;
	}
	return 0;
}

static void append_string(const struct json *json, size_t token, struct buffer *out)
{
	struct buffer scratch = BUFFER_EMPTY;
	const char *text;
	size_t size;

	json_string(json->text, &json->tokens[token], &scratch, &text, &size);
	buffer_append(out, text, size);
	buffer_free(&scratch);
}

static void read_file(const char *path, struct buffer *out)
{
	char part[4096];
	size_t got;
	FILE *file = fopen(path, "rb");

	if (!file)
		fail_msg("cannot open %s", path);
	while ((got = fread(part, 1, sizeof part, file)) > 0)
		buffer_append(out, part, got);
	fclose(file);
}

/* Ollama streams unless told not to, the others when told to. */
static bool asked_for_stream(const struct transcript *transcript)
{
	struct json json = {0};
	bool stream = strncmp(transcript->path, "/api/", 5) == 0;

	if (transcript->request.size &&
		json_read(&json, transcript->request.data, transcript->request.size)) {
		size_t value = json_member(&json, 0, "stream");
		if (value)
			stream = json.tokens[value].kind == JSON_TRUE;
	}
	json_free(&json);
	return stream;
}

static void take_reads(struct transcript *transcript, const struct json *json, size_t reads)
{
	size_t count = json->tokens[reads].size;

	transcript->read_ends = memory_new((count + 1) * sizeof *transcript->read_ends);
	transcript->read_ms = memory_new((count + 1) * sizeof *transcript->read_ms);
	for (size_t at = reads + 1, end = json->tokens[reads].next; at < end;
		at = json->tokens[at].next) {
		int64_t ignored;
		json_number(json->text, &json->tokens[at + 1], &ignored,
			&transcript->read_ms[transcript->read_count]);
		append_string(json, at + 2, &transcript->bytes);
		transcript->read_ends[transcript->read_count++] = transcript->bytes.size;
	}
}

static size_t read_of(const struct transcript *transcript, size_t offset)
{
	size_t read = 0;

	while (offset >= transcript->read_ends[read])
		read++;
	return read;
}

/* Status and headers of the final answer; the offset behind them, or 0 where none came. */
static size_t take_head(struct transcript *transcript)
{
	const char *at = buffer_string(&transcript->bytes), *line;

	do {
		const char *end = strstr(at, "\r\n\r\n");
		if (!end)
			return 0;
		transcript->status = strtol(at + strlen("HTTP/1.1 "), NULL, 10);
		buffer_clear(&transcript->headers);
		for (line = strstr(at, "\r\n") + 2; line < end + 2;
			line = strstr(line, "\r\n") + 2) {
			size_t size = strcspn(line, "\r");
			buffer_append(&transcript->headers, line, size);
			buffer_byte(&transcript->headers, '\n');
		}
		at = end + 4;
	} while (transcript->status == 100);
	return (size_t)(at - transcript->bytes.data);
}

static const char *header_of(const struct transcript *transcript, const char *name)
{
	const char *line = buffer_string(&transcript->headers);

	for (; *line; line = strchr(line, '\n') + 1)
		if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			return line + strlen(name) + 1 + strspn(line + strlen(name) + 1, " ");
	return NULL;
}

static void add_body(struct transcript *transcript, size_t offset, size_t size)
{
	buffer_append(&transcript->body, transcript->bytes.data + offset, size);
	for (size_t i = 0; i < size; i++) {
		uint16_t read = (uint16_t)read_of(transcript, offset + i);
		buffer_append(&transcript->body_reads, &read, sizeof read);
	}
}

static void take_chunks(struct transcript *transcript, size_t at)
{
	for (;;) {
		const char *line = transcript->bytes.data + at;
		const char *end = at < transcript->bytes.size ? strstr(line, "\r\n") : NULL;
		if (!end)
			return;
		size_t size = strtoul(line, NULL, 16);
		at = (size_t)(end - transcript->bytes.data) + 2;
		size_t there = transcript->bytes.size - at;
		add_body(transcript, at, size < there ? size : there);
		transcript->whole = size == 0;
		if (size == 0 || size + 2 > there)
			return;
		at += size + 2;
	}
}

static void take_body(struct transcript *transcript, size_t at)
{
	const char *chunked = header_of(transcript, "transfer-encoding");
	const char *length = header_of(transcript, "content-length");

	if (chunked) {
		take_chunks(transcript, at);
		return;
	}
	add_body(transcript, at, transcript->bytes.size - at);
	transcript->whole = !length || transcript->body.size == strtoul(length, NULL, 10);
}

static inline struct transcript *transcript_read(const char *path)
{
	struct transcript *transcript = memory_new(sizeof *transcript);
	struct json json = {0};
	struct buffer file,
		*buffers[] = {&file, &transcript->request, &transcript->bytes, &transcript->headers,
			&transcript->body, &transcript->body_reads};

	for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
		buffer_init(buffers[i], BUFFER_UNLIMITED);
	read_file(path, &file);
	if (!json_read(&json, file.data, file.size))
		fail_msg("%s is no JSON", path);
	size_t request = json_member(&json, 0, "request");
	const struct json_token *url = &json.tokens[json_member(&json, request, "path")];
	snprintf(transcript->path, sizeof transcript->path, "%.*s", (int)(url->end - url->start),
		json.text + url->start);
	size_t body = json_member(&json, request, "body");
	if (body && json.tokens[body].kind == JSON_STRING)
		append_string(&json, body, &transcript->request);
	transcript->stream = asked_for_stream(transcript);
	take_reads(transcript, &json, json_member(&json, 0, "reads"));
	size_t at = take_head(transcript);
	if (at)
		take_body(transcript, at);
	json_free(&json);
	buffer_free(&file);
	return transcript;
}

static inline void transcript_free(struct transcript *transcript)
{
	buffer_free(&transcript->request);
	buffer_free(&transcript->bytes);
	buffer_free(&transcript->headers);
	buffer_free(&transcript->body);
	buffer_free(&transcript->body_reads);
	free(transcript->read_ends);
	free(transcript->read_ms);
	free(transcript);
}

#endif
