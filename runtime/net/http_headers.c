/* The header lines of requests: a backend's all send the same, so the last ones are kept and
 * shared.
 */
#include "net/http_state.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define USER_AGENT "User-Agent: bench/" BENCH_VERSION

static bool has_header(const struct curl_slist *headers, const char *line)
{
	size_t size = strcspn(line, ":") + 1;
	for (; headers != NULL; headers = headers->next)
		if (strncasecmp(headers->data, line, size) == 0)
			return true;
	return false;
}

/* What goes with every request, unless it says so itself; libcurl would write its own lines anew
 * each time. No Expect, and no type of libcurl's, which it gives what has a body. */
static struct http_headers *headers_new(const struct http_spec *spec)
{
	static const char *const usual[] = {
		USER_AGENT, "Accept-Encoding: identity", "Content-Type:", "Expect:"};
	struct http_headers *headers = memory_new(sizeof *headers);
	headers->users = 1;
	for (const char *const *line = spec->headers; line != NULL && *line != NULL;
		line++, headers->given++)
		headers->lines = curl_slist_append(headers->lines, *line);
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (!has_header(headers->lines, usual[i]))
			headers->lines = curl_slist_append(headers->lines, usual[i]);
	return headers;
}

static bool are_those_of(const struct http_headers *headers, const struct http_spec *spec)
{
	const struct curl_slist *line = headers->lines;
	size_t count = 0;
	for (; spec->headers != NULL && spec->headers[count] != NULL; count++, line = line->next)
		if (count == headers->given || strcmp(line->data, spec->headers[count]) != 0)
			return false;
	return count == headers->given;
}

struct http_headers *http_headers_of(struct http *http, const struct http_spec *spec)
{
	if (http->last_headers == NULL || !are_those_of(http->last_headers, spec)) {
		http_headers_leave(http->last_headers);
		http->last_headers = headers_new(spec);
	}
	http->last_headers->users++;
	return http->last_headers;
}

void http_headers_leave(struct http_headers *headers)
{
	if (headers == NULL || --headers->users > 0)
		return;
	curl_slist_free_all(headers->lines);
	free(headers);
}
