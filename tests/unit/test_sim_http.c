#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "sim/sim_http.h"

#include <stdlib.h>
#include <string.h>

/* Feeds in pieces of `step` bytes until the request is whole or refused; the rest is left over. */
static int feed(struct sim_http *http, const char *bytes, size_t size, size_t step, size_t *used)
{
	*used = 0;
	while (*used < size && http->stage != SIM_HTTP_WHOLE) {
		size_t part = size - *used < step ? size - *used : step;
		size_t taken = 0;
		/* A copy, so that reading beyond a piece is seen. */
		char *piece = memory_bytes(bytes + *used, part);
		int refused = sim_http_feed(http, piece, part, &taken);
		free(piece);
		*used += taken;
		if (refused)
			return refused;
	}
	return 0;
}

static int status_of(const char *bytes)
{
	struct sim_http http;
	size_t used = 0;
	sim_http_init(&http);
	int status = feed(&http, bytes, strlen(bytes), 3, &used);
	sim_http_reset(&http);
	return status;
}

static const char length_request[] = "POST /v1/chat?x=1&y HTTP/1.1\r\nHost: a\r\nX-Two:  b c \r\n"
				     "Content-Length: 5\r\n\r\nhello";
static const char chunked_request[] =
	"POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n"
	"2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n";

static void test_any_chopping(void **state)
{
	for (size_t step = 1; step <= sizeof chunked_request; step++) {
		struct sim_http http;
		size_t used = 0;
		sim_http_init(&http);
		assert_int_equal(
			feed(&http, length_request, sizeof length_request - 1, step, &used), 0);
		assert_int_equal(http.stage, SIM_HTTP_WHOLE);
		assert_int_equal(used, sizeof length_request - 1);
		assert_string_equal(http.method, "POST");
		assert_string_equal(http.path, "/v1/chat");
		assert_string_equal(http.query, "x=1&y");
		assert_string_equal(sim_http_header(&http, "x-two"), "b c");
		assert_null(sim_http_header(&http, "x-three"));
		assert_string_equal(buffer_string(&http.body), "hello");
		assert_true(http.keep_alive);
		sim_http_reset(&http);
		assert_int_equal(
			feed(&http, chunked_request, sizeof chunked_request - 1, step, &used), 0);
		assert_int_equal(http.stage, SIM_HTTP_WHOLE);
		assert_string_equal(buffer_string(&http.body), "hello");
		sim_http_reset(&http);
	}
}

static void test_leaves_the_next_request(void **state)
{
	static const char two[] = "\r\nGET / HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
	struct sim_http http;
	size_t used = 0;
	sim_http_init(&http);
	assert_int_equal(sim_http_feed(&http, two, sizeof two - 1, &used), 0);
	assert_int_equal(http.stage, SIM_HTTP_WHOLE);
	assert_string_equal(http.path, "/");
	assert_int_equal(used, 20);
	sim_http_reset(&http);
	assert_int_equal(sim_http_feed(&http, two + 20, sizeof two - 21, &used), 0);
	assert_string_equal(http.path, "/b");
	sim_http_reset(&http);
}

static void test_connection_words(void **state)
{
	static const struct {
		const char *bytes;
		bool keeps;
	} requests[] = {
		{"GET / HTTP/1.1\r\n\r\n", true},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
		{"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", false},
		{"GET / HTTP/1.1\r\nConnection: te, close\r\n\r\n", false},
		{"GET http://h:1/x HTTP/1.1\r\n\r\n", true},
	};
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		struct sim_http http;
		size_t used = 0;
		sim_http_init(&http);
		assert_int_equal(
			sim_http_feed(&http, requests[i].bytes, strlen(requests[i].bytes), &used),
			0);
		assert_int_equal(http.stage, SIM_HTTP_WHOLE);
		assert_int_equal(http.keep_alive, requests[i].keeps);
		sim_http_reset(&http);
	}
}

static void test_expects(void **state)
{
	static const char head[] =
		"POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
	struct sim_http http;
	size_t used = 0;
	sim_http_init(&http);
	assert_int_equal(sim_http_feed(&http, head, sizeof head - 1, &used), 0);
	assert_true(http.wants_continue);
	assert_int_equal(sim_http_feed(&http, "ab", 2, &used), 0);
	assert_false(http.wants_continue);
	assert_int_equal(http.stage, SIM_HTTP_WHOLE);
	sim_http_reset(&http);
}

static void test_refusals(void **state)
{
	assert_int_equal(status_of("nonsense\r\n"), 400);
	assert_int_equal(status_of("GET  HTTP/1.1\r\n"), 400);
	assert_int_equal(status_of("GET x HTTP/1.1\r\n"), 400);
	assert_int_equal(status_of("G\x01T / HTTP/1.1\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/2.0\r\n"), 505);
	assert_int_equal(status_of("GET / FTP/1.1\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nno colon\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.1\r\nbad name: x\r\n"), 400);
	assert_int_equal(status_of("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
	assert_int_equal(status_of("POST / HTTP/1.1\r\nContent-Length: 5x\r\n\r\n"), 400);
	assert_int_equal(status_of("POST / HTTP/1.1\r\nContent-Length: 67108865\r\n\r\n"), 413);
	assert_int_equal(status_of("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
	assert_int_equal(
		status_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n"), 400);
	assert_int_equal(
		status_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4000001\r\n"), 413);
	assert_int_equal(
		status_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"),
		400);
	assert_int_equal(status_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
				   "Content-Length: 3\r\n\r\n"),
		400);
}

static void test_limits(void **state)
{
	struct buffer request = BUFFER_EMPTY;
	buffer_text(&request, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < 300; i++)
		buffer_format(&request, "h%d: v\r\n", i);
	assert_int_equal(status_of(request.data), 431);
	buffer_clear(&request);
	buffer_text(&request, "GET /");
	for (int i = 0; i < 70000; i++)
		buffer_byte(&request, 'a');
	assert_int_equal(status_of(request.data), 431);
	buffer_free(&request);
}

/* Whatever comes, it ends in a state, and never reads beyond. */
static void test_noise(void **state)
{
	struct random random;
	random_seed(&random, 3, 0);
	for (int round = 0; round < 3000; round++) {
		char bytes[sizeof chunked_request];
		memcpy(bytes, chunked_request, sizeof bytes);
		for (int i = 0; i < 3; i++)
			bytes[random_below(&random, sizeof bytes - 1)] =
				(char)random_below(&random, 256);
		struct sim_http http;
		size_t used = 0;
		sim_http_init(&http);
		int status = feed(&http, bytes, sizeof bytes - 1,
			1 + (size_t)random_below(&random, 9), &used);
		assert_true(status == 0 || (status >= 400 && status <= 505));
		assert_true(used <= sizeof bytes - 1);
		sim_http_reset(&http);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_chopping),
		cmocka_unit_test(test_leaves_the_next_request),
		cmocka_unit_test(test_connection_words),
		cmocka_unit_test(test_expects),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_noise),
	};
	return RUN(tests);
}
