#include "sim/sim_http.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADERS_MAX 256

void sim_http_init(struct sim_http *http)
{
	*http = (struct sim_http){.stage = SIM_HTTP_REQUEST_LINE};
	buffer_init(&http->line, SIM_HTTP_HEAD_MAX);
	buffer_init(&http->body, SIM_HTTP_BODY_MAX);
}

void sim_http_reset(struct sim_http *http)
{
	for (size_t i = 0; i < http->header_count; i++) {
		free(http->headers[i].name);
		free(http->headers[i].value);
	}
	free(http->headers);
	free(http->method);
	free(http->path);
	free(http->query);
	buffer_free(&http->line);
	buffer_free(&http->body);
	sim_http_init(http);
}

const char *sim_http_header(const struct sim_http *http, const char *name)
{
	for (size_t i = http->header_count; i-- > 0;)
		if (strcmp(http->headers[i].name, name) == 0)
			return http->headers[i].value;
	return NULL;
}

static bool is_token(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];
		if (byte <= ' ' || byte >= 127 || strchr("\"(),/:;<=>?@[\\]{}", byte) != NULL)
			return false;
	}
	return size > 0;
}

static int take_target(struct sim_http *http, const char *target, size_t size)
{
	if (size > 7 && strncasecmp(target, "http://", 7) == 0) {
		const char *slash = memchr(target + 7, '/', size - 7);
		size = slash != NULL ? size - (size_t)(slash - target) : 0;
		target = slash;
	}
	if (size == 0 || (target[0] != '/' && target[0] != '*'))
		return 400;
	const char *mark = memchr(target, '?', size);
	size_t path_size = mark != NULL ? (size_t)(mark - target) : size;
	http->path = memory_bytes(target, path_size);
	http->query = mark != NULL ? memory_bytes(mark + 1, size - path_size - 1) : memory_text("");
	return 0;
}

static int take_request_line(struct sim_http *http, const char *line, size_t size)
{
	if (size == 0)
		return 0; /* empty lines before a request are skipped */
	const char *first = memchr(line, ' ', size);
	const char *last = memrchr(line, ' ', size);
	if (first == NULL || first == last || !is_token(line, (size_t)(first - line)))
		return 400;
	size_t version = size - (size_t)(last + 1 - line);
	if (version != 8 || memcmp(last + 1, "HTTP/", 5) != 0)
		return 400;
	if (memcmp(last + 6, "1.", 2) != 0)
		return 505;
	http->http10 = last[8] == '0';
	http->keep_alive = !http->http10;
	http->method = memory_bytes(line, (size_t)(first - line));
	int refused = take_target(http, first + 1, (size_t)(last - first - 1));
	http->stage = SIM_HTTP_HEADERS;
	return refused;
}

static int take_header(struct sim_http *http, const char *line, size_t size)
{
	const char *colon = memchr(line, ':', size);
	if (colon == NULL || !is_token(line, (size_t)(colon - line)))
		return 400;
	if (http->header_count == HEADERS_MAX)
		return 431;
	const char *value = colon + 1;
	const char *end = line + size;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	http->headers = memory_resize(http->headers, http->header_count + 1, sizeof *http->headers);
	struct sim_http_header *header = &http->headers[http->header_count++];
	header->name = memory_bytes(line, (size_t)(colon - line));
	header->value = memory_bytes(value, (size_t)(end - value));
	for (char *at = header->name; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return 0;
}

/* Whether a comma-separated header holds the word. */
static bool has_word(const char *list, const char *word)
{
	while (list != NULL && *list) {
		list += strspn(list, ", \t");
		size_t size = strcspn(list, ", \t;");
		if (size == strlen(word) && strncasecmp(list, word, size) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static bool parse_length(const char *text, uint64_t *length)
{
	char *end = NULL;
	if (!isdigit((unsigned char)text[0]))
		return false;
	*length = strtoull(text, &end, 10);
	return !*end;
}

static int end_head(struct sim_http *http)
{
	const char *connection = sim_http_header(http, "connection");
	if (has_word(connection, "close"))
		http->keep_alive = false;
	if (has_word(connection, "keep-alive"))
		http->keep_alive = true;
	const char *coding = sim_http_header(http, "transfer-encoding");
	const char *length = sim_http_header(http, "content-length");
	const char *expects = sim_http_header(http, "expect");
	http->stage = SIM_HTTP_WHOLE;
	if (coding != NULL && !has_word(coding, "chunked"))
		return 501;
	if (coding != NULL) {
		if (length != NULL)
			return 400;
		http->stage = SIM_HTTP_CHUNK_SIZE;
	} else if (length != NULL) {
		if (!parse_length(length, &http->remaining))
			return 400;
		if (http->remaining > SIM_HTTP_BODY_MAX)
			return 413;
		http->stage = http->remaining ? SIM_HTTP_BODY : SIM_HTTP_WHOLE;
	}
	http->wants_continue = http->stage != SIM_HTTP_WHOLE && expects != NULL &&
			       has_word(expects, "100-continue");
	return 0;
}

static int take_chunk_size(struct sim_http *http, const char *line)
{
	char *end = NULL;
	if (!isxdigit((unsigned char)line[0]))
		return 400;
	http->remaining = strtoull(line, &end, 16);
	if (*end && *end != ';' && *end != ' ')
		return 400;
	if (http->remaining > SIM_HTTP_BODY_MAX - http->body.size)
		return 413;
	http->stage = http->remaining ? SIM_HTTP_CHUNK : SIM_HTTP_TRAILERS;
	return 0;
}

static int take_line(struct sim_http *http)
{
	const char *line = buffer_string(&http->line);
	size_t size = http->line.size;
	if (size && line[size - 1] == '\r')
		size--;
	switch (http->stage) {
	case SIM_HTTP_REQUEST_LINE:
		return take_request_line(http, line, size);
	case SIM_HTTP_HEADERS:
		return size ? take_header(http, line, size) : end_head(http);
	case SIM_HTTP_CHUNK_SIZE:
		http->line.data[size] = '\0';
		return take_chunk_size(http, line);
	case SIM_HTTP_CHUNK_END:
		http->stage = SIM_HTTP_CHUNK_SIZE;
		return size ? 400 : 0;
	default: /* trailers are read and dropped */
		if (size == 0)
			http->stage = SIM_HTTP_WHOLE;
		return 0;
	}
}

/* Lines end with LF; a CR before it is dropped. */
static int feed_line(struct sim_http *http, const char *data, size_t size, size_t *used)
{
	const char *end = memchr(data, '\n', size);
	size_t part = end != NULL ? (size_t)(end - data) : size;
	*used = part + (end != NULL ? 1 : 0);
	http->head_size += *used;
	if (http->head_size > SIM_HTTP_HEAD_MAX || !buffer_append(&http->line, data, part))
		return 431;
	if (end == NULL)
		return 0;
	int refused = take_line(http);
	buffer_clear(&http->line);
	return refused;
}

static int feed_body(struct sim_http *http, const char *data, size_t size, size_t *used)
{
	*used = size < http->remaining ? size : (size_t)http->remaining;
	if (!buffer_append(&http->body, data, *used))
		return 413;
	http->remaining -= *used;
	http->wants_continue = false;
	if (http->remaining == 0) {
		bool chunk = http->stage == SIM_HTTP_CHUNK;
		http->stage = chunk ? SIM_HTTP_CHUNK_END : SIM_HTTP_WHOLE;
		http->head_size = 0; /* what counts from here on are the lines between chunks */
	}
	return 0;
}

int sim_http_feed(struct sim_http *http, const char *data, size_t size, size_t *used)
{
	*used = 0;
	while (*used < size && http->stage != SIM_HTTP_WHOLE) {
		bool body = http->stage == SIM_HTTP_BODY || http->stage == SIM_HTTP_CHUNK;
		size_t part = 0;
		int refused = body ? feed_body(http, data + *used, size - *used, &part)
				   : feed_line(http, data + *used, size - *used, &part);
		*used += part;
		if (refused)
			return refused;
	}
	return 0;
}
