/* Reads HTTP/1.x requests from bytes that come in any pieces. Knows nothing of sockets. */
#ifndef BENCH_SIM_SIM_HTTP_H
#define BENCH_SIM_SIM_HTTP_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_HTTP_HEAD_MAX 65536 /* request line and headers */
#define SIM_HTTP_BODY_MAX ((size_t)64 << 20)

enum sim_http_stage {
	SIM_HTTP_REQUEST_LINE,
	SIM_HTTP_HEADERS,
	SIM_HTTP_BODY,
	SIM_HTTP_CHUNK_SIZE,
	SIM_HTTP_CHUNK,
	SIM_HTTP_CHUNK_END,
	SIM_HTTP_TRAILERS,
	SIM_HTTP_WHOLE
};

struct sim_http_header {
	char *name; /* lower case */
	char *value;
};

struct sim_http {
	enum sim_http_stage stage;
	char *method;
	char *path;  /* without the query */
	char *query; /* behind the '?', or "" */
	struct sim_http_header *headers;
	size_t header_count;
	struct buffer body;
	bool keep_alive;
	bool http10;         /* knows no chunks */
	bool wants_continue; /* Expect: 100-continue, and the body is still to come */

	struct buffer line;
	size_t head_size;
	uint64_t remaining; /* of the body or the chunk */
};

void sim_http_init(struct sim_http *http);
void sim_http_reset(struct sim_http *http); /* for the next request; frees the memory of this one */

/* Reads on. *used is how many bytes were taken; less than size only when the request is whole or
 * bad. 0: all is well so far (stage tells whether it is whole); else the status to refuse
 * it with. */
int sim_http_feed(struct sim_http *http, const char *data, size_t size, size_t *used);

/* The value of the last header of that name (lower case), or NULL. */
const char *sim_http_header(const struct sim_http *http, const char *name);

#endif
