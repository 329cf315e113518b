#include "sim/sim_log.h"

#include "base/text.h"
#include "sim/sim_json.h"

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

static void append_string(struct buffer *line, const char *data, size_t size)
{
	struct buffer clean = BUFFER_EMPTY;
	text_append_utf8(&clean, data, size);
	sim_json_string(line, buffer_string(&clean), clean.size, false);
	buffer_free(&clean);
}

static void append_text(struct buffer *line, const char *name, const char *value)
{
	buffer_format(line, ",\"%s\":", name);
	append_string(line, value, strlen(value));
}

/* The path as it was asked for, with its query. */
static void append_target(struct buffer *line, const struct sim_http *http)
{
	struct buffer target = BUFFER_EMPTY;
	buffer_format(&target, "%s%s%s", http->path, *http->query ? "?" : "", http->query);
	append_text(line, "path", buffer_string(&target));
	buffer_free(&target);
}

/* Headers of one name are joined, so that the object has no key twice. */
static void append_headers(struct buffer *line, const struct sim_http *http)
{
	buffer_text(line, ",\"headers\":{");
	bool first = true;
	for (size_t i = 0; i < http->header_count; i++) {
		const char *name = http->headers[i].name;
		bool seen = false;
		for (size_t j = 0; j < i; j++)
			seen = seen || strcmp(http->headers[j].name, name) == 0;
		if (seen)
			continue;
		struct buffer value = BUFFER_EMPTY;
		for (size_t j = i; j < http->header_count; j++)
			if (strcmp(http->headers[j].name, name) == 0)
				buffer_format(&value, "%s%s", value.size ? ", " : "",
					http->headers[j].value);
		buffer_text(line, first ? "" : ",");
		append_string(line, name, strlen(name));
		buffer_byte(line, ':');
		append_string(line, buffer_string(&value), value.size);
		buffer_free(&value);
		first = false;
	}
	buffer_byte(line, '}');
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
	append_string(&line, buffer_string(&reply->http->body), reply->http->body.size);
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
