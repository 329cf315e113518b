#include "sim/sim_log.h"

#include "base/text.h"

#include <string.h>
#include <unistd.h>

static void write_line(const struct sim *sim, struct buffer *line)
{
	buffer_byte(line, '\n');
	/* A log that cannot be written must not stop the server. */
	ssize_t ignored = write(sim->log, line->data, line->size);
	(void)ignored;
	buffer_free(line);
}

static void append_text(struct buffer *line, const char *name, const char *value)
{
	buffer_format(line, ",\"%s\":", name);
	text_append_json(line, value, strlen(value));
}

/* The path as it was asked for, with its query. */
static void append_target(struct buffer *line, const struct sim_http *http)
{
	struct buffer target = BUFFER_EMPTY;
	buffer_format(&target, "%s%s%s", http->path, *http->query ? "?" : "", http->query);
	append_text(line, "path", buffer_string(&target));
	buffer_free(&target);
}

static bool has_header(const struct sim_http_header *headers, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(headers[i].name, name) == 0)
			return true;
	return false;
}

/* The values of all headers of that name, so that the object has no key twice. */
static void append_joined(struct buffer *line, const struct sim_http *http, const char *name)
{
	struct buffer value = BUFFER_EMPTY;
	for (size_t i = 0; i < http->header_count; i++)
		if (strcmp(http->headers[i].name, name) == 0)
			buffer_format(
				&value, "%s%s", value.size ? ", " : "", http->headers[i].value);
	append_text(line, name, buffer_string(&value));
	buffer_free(&value);
}

static void append_headers(struct buffer *line, const struct sim_http *http)
{
	struct buffer members = BUFFER_EMPTY;
	for (size_t i = 0; i < http->header_count; i++)
		if (!has_header(http->headers, i, http->headers[i].name))
			append_joined(&members, http, http->headers[i].name);
	/* without the comma before the first */
	buffer_format(line, ",\"headers\":{%s}", members.size ? members.data + 1 : "");
	buffer_free(&members);
}

void sim_log_request(const struct sim_reply *reply)
{
	if (reply->sim->log < 0)
		return;
	struct buffer line = BUFFER_EMPTY;
	buffer_format(&line, "{\"request\":%llu", (unsigned long long)reply->number);
	append_text(&line, "method", reply->http->method);
	append_target(&line, reply->http);
	append_headers(&line, reply->http);
	buffer_text(&line, ",\"body\":");
	text_append_json(&line, buffer_string(&reply->http->body), reply->http->body.size);
	buffer_byte(&line, '}');
	write_line(reply->sim, &line);
}

/* To whole microseconds. */
static double since_ms(const struct sim_reply *reply, int64_t ns)
{
	int64_t us = (ns - reply->received_ns) / 1000;
	return (double)us / 1000;
}

void sim_log_send(const struct sim_reply *reply, int64_t sent_ns, size_t bytes)
{
	if (reply->sim->log < 0)
		return;
	struct buffer line = BUFFER_EMPTY;
	buffer_format(
		&line, "{\"request\":%llu,\"planned_ms\":", (unsigned long long)reply->number);
	if (reply->planned_ns)
		buffer_format(&line, "%.12g", since_ms(reply, reply->planned_ns));
	else
		buffer_text(&line, "null");
	buffer_format(&line, ",\"sent_ms\":%.12g,\"bytes\":%zu}", since_ms(reply, sent_ns), bytes);
	write_line(reply->sim, &line);
}
