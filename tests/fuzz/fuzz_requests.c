/* The first byte chooses the chopping; the rest is what a client sends to the simulator. Chopped
 * and whole must give the same requests and be refused alike. */
#include "base/memory.h"
#include "sim/sim_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell(struct buffer *told, const char *text)
{
	buffer_append(told, text, strlen(text) + 1);
}

static void tell_request(struct buffer *told, const struct sim_http *http)
{
	tell(told, http->method);
	tell(told, http->path);
	tell(told, http->query);
	for (size_t i = 0; i < http->header_count; i++) {
		tell(told, http->headers[i].name);
		tell(told, http->headers[i].value);
	}
	tell(told, http->keep_alive ? "kept" : "closed");
	tell(told, http->http10 ? "1.0" : "1.1");
	buffer_append(told, http->body.data, http->body.size);
}

/* Feeds one part; how much of it was taken. */
static size_t feed(struct sim_http *http, const char *data, size_t size, int *status)
{
	size_t used = 0;
	char *bytes = memory_bytes(data, size);
	*status = sim_http_feed(http, bytes, size, &used);
	free(bytes);
	if (used > size || (used < size && *status == 0 && http->stage != SIM_HTTP_WHOLE))
		abort();
	return used;
}

static struct buffer read_all(const char *data, size_t size, size_t step)
{
	struct buffer told = BUFFER_EMPTY;
	struct sim_http http;
	int status = 0;
	char end[16];
	sim_http_init(&http);
	for (size_t at = 0; at < size && status == 0;) {
		at += feed(&http, data + at, step < size - at ? step : size - at, &status);
		if (status == 0 && http.stage == SIM_HTTP_WHOLE) {
			tell_request(&told, &http);
			sim_http_reset(&http);
		}
	}
	snprintf(end, sizeof end, "%d", status != 0 ? status : (int)http.stage);
	tell(&told, end);
	sim_http_reset(&http);
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const char *stream = (const char *)data + 1;
	struct buffer whole = read_all(stream, size - 1, size - 1);
	struct buffer parts = read_all(stream, size - 1, 1 + data[0] % 32);
	if (whole.size != parts.size || memcmp(whole.data, parts.data, whole.size) != 0)
		abort();
	buffer_free(&whole);
	buffer_free(&parts);
	return 0;
}
