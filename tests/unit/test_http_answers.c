/* Answers, whole and broken. */
#include "peer.h"

static struct peer peer;
static struct client client;

static struct exchange *get(void)
{
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	return client_get(&client, &spec);
}

/* ---- answers ---- */

static void serve_interim(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (peer_listen(fd, &request))
		peer_tell(fd, "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
			      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
			      "HTTP/1.1 200 OK\r\nX-Name:  value \r\nX-Name: other\r\n"
			      "Content-Length: 5\r\n\r\nhello");
}

static void test_interim_answers_are_not_the_answer(void **state)
{
	client_meet(&client, &peer, serve_interim);
	struct exchange *exchange = get();
	client_check_ok(exchange, "hello");
	assert_int_equal(exchange->http_status, 200);
	assert_string_equal(buffer_string(&exchange->headers),
		"x-name: value\nx-name: other\ncontent-length: 5\n");
	exchange_free(exchange);
	client_part(&client, &peer);
}

static void serve_switch(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (peer_listen(fd, &request))
		peer_tell(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
			      "Connection: Upgrade\r\n\r\n{\"a\": 1}\n\n");
}

static void test_what_follows_a_switch_of_protocol_is_no_answer(void **state)
{
	client_meet(&client, &peer, serve_switch);
	struct exchange *exchange = get();
	assert_true(exchange->outcome == OUTCOME_TRUNCATED || exchange->outcome == OUTCOME_FAILED);
	exchange_free(exchange);
	client_part(&client, &peer);
}

/* "hello gzip" */
static const char packed[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9"
			     "\x57\x48\xaf\xca\x2c\x00\x00\x19\x6a\xd2\xdf\x0a\x00\x00\x00";

static void serve_gzip(struct peer *server, int fd, int number)
{
	struct peer_request request;
	char head[256];
	if (!peer_listen(fd, &request))
		return;
	int size = snprintf(head, sizeof head,
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
		sizeof packed - 1);
	peer_tell_bytes(fd, head, (size_t)size);
	peer_tell_bytes(fd, packed, sizeof packed - 1);
}

static void test_a_body_that_is_compressed_all_the_same_is_decoded(void **state)
{
	client_meet(&client, &peer, serve_gzip);
	struct exchange *exchange = get();
	client_check_ok(exchange, "hello gzip");
	exchange_free(exchange);
	client_part(&client, &peer);
}

static void serve_trailers(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (peer_listen(fd, &request))
		peer_tell(fd, PEER_CHUNKED "5\r\nhello\r\n0\r\nX-Trailer: t\r\n\r\n");
}

static void test_trailers_are_no_headers(void **state)
{
	client_meet(&client, &peer, serve_trailers);
	struct exchange *exchange = get();
	client_check_ok(exchange, "hello");
	assert_null(strstr(buffer_string(&exchange->headers), "trailer"));
	exchange_free(exchange);
	client_part(&client, &peer);
}

/* ---- chunks, in whatever way they come ---- */

static const char *chunked; /* behind the head */
static size_t chunked_step; /* bytes of each segment */

static void serve_chunked(struct peer *server, int fd, int number)
{
	struct peer_request request;
	while (peer_listen(fd, &request)) {
		peer_tell(fd, PEER_CHUNKED);
		for (size_t at = 0, size = strlen(chunked); at < size; at += chunked_step) {
			size_t part = chunked_step < size - at ? chunked_step : size - at;
			if (!peer_tell_bytes(fd, chunked + at, part) ||
				!peer_pause(server, CLOCK_MS_NS))
				return;
		}
	}
}

static void test_chunks_of_every_kind_are_taken_and_their_connection_kept(void **state)
{
	static const char *const bodies[] = {"5\r\nhello\r\n0\r\n\r\n",
		"2\r\nhe\r\n03\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
		"2\r\nhe\r\n1;name=\"value\"\r\nl\r\n2\r\nlo\r\n0\r\n\r\n",
		"2 \r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "1\r\nh\n4\r\nello\n0\r\n\r\n"};
	static const size_t steps[] = {1, 7, 100};
	for (size_t i = 0; i < 15; i++) {
		chunked = bodies[i / 3];
		chunked_step = steps[i % 3];
		client_meet(&client, &peer, serve_chunked);
		for (int again = 0; again < 2; again++) {
			struct exchange *exchange = get();
			client_check_ok(exchange, "hello");
			assert_int_equal(exchange->end, END_CLEAN);
			exchange_free(exchange);
		}
		assert_int_equal(atomic_load(&peer.connections), 1);
		client_part(&client, &peer);
	}
}

/* libcurl takes what it is handed back in many reads. */
static void test_a_long_chunk_of_another_kind_is_taken_whole(void **state)
{
	char text[12100] = "1\r\nh\r\n2ee0;x\r\n", *end = text + strlen(text);
	memset(end, 'a', 12000);
	strcpy(end + 12000, "\r\n0\r\n\r\n");
	chunked = text;
	chunked_step = sizeof text;
	client_meet(&client, &peer, serve_chunked);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	struct asked asked = {.client = &client, .exchange = exchange_new()};
	asked.exchange->keep_body = asked.exchange->stream = true;
	client.waiting++;
	asked.request = http_start(client.http, &spec, asked.exchange, client_ended, &asked);
	client_wait(&client);
	assert_int_equal(asked.exchange->outcome, OUTCOME_OK);
	assert_int_equal(asked.exchange->body.size, 12001);
	assert_int_equal(strspn(asked.exchange->body.data + 1, "a"), 12000);
	exchange_free(asked.exchange);
	client_part(&client, &peer);
}

/* ---- broken answers ---- */

static const char *broken;
static bool broken_by_reset;

static void serve_broken(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (!peer_listen(fd, &request))
		return;
	peer_tell(fd, broken);
	if (!broken_by_reset)
		return;
	peer_pause(server, 20000000);
	peer_reset(server, number);
}

static struct exchange *get_broken(const char *answer, bool reset)
{
	broken = answer;
	broken_by_reset = reset;
	client_meet(&client, &peer, serve_broken);
	struct exchange *exchange = get();
	client_part(&client, &peer);
	return exchange;
}

static void test_an_answer_that_is_cut_is_no_success(void **state)
{
	static const char *const cuts[] = {PEER_CHUNKED "5\r\nhello\r\n",
		PEER_CHUNKED "40\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"};
	for (size_t i = 0; i < 3; i++) {
		struct exchange *exchange = get_broken(cuts[i], false);
		assert_int_equal(exchange->end, END_CUT);
		assert_int_equal(exchange->outcome, OUTCOME_TRUNCATED);
		assert_int_equal(exchange->http_status, 200);
		assert_string_equal(buffer_string(&exchange->body), "hello");
		assert_true(exchange->error_message.size > 0);
		exchange_free(exchange);
	}
}

static void test_a_reset_in_the_middle_is_known_as_one(void **state)
{
	struct exchange *exchange = get_broken(PEER_CHUNKED "5\r\nhello\r\n", true);
	assert_int_equal(exchange->end, END_RESET);
	assert_int_equal(exchange->outcome, OUTCOME_TRUNCATED);
	assert_string_equal(buffer_string(&exchange->body), "hello");
	exchange_free(exchange);
}

static void test_no_byte_is_no_response(void **state)
{
	for (int reset = 0; reset < 2; reset++) {
		struct exchange *exchange = get_broken("", reset);
		client_check_failed(exchange, "no_response");
		assert_int_equal(exchange->http_status, 0);
		assert_int_equal(exchange->t_headers, EXCHANGE_NONE);
		exchange_free(exchange);
	}
}

static void test_what_is_no_http_is_malformed(void **state)
{
	static const char *const answers[] = {"SSH-2.0-OpenSSH\r\n\r\nhello",
		"HTTP/9.9 what\r\n\r\n", PEER_CHUNKED "zz\r\nhello\r\n0\r\n\r\n",
		PEER_CHUNKED "2\r\nhello\r\n0\r\n\r\n",
		PEER_CHUNKED "2\r\nhi5\r\nhello\r\n0\r\n\r\n"};
	for (size_t i = 0; i < 5; i++) {
		struct exchange *exchange = get_broken(answers[i], false);
		client_check_failed(exchange, "malformed");
		exchange_free(exchange);
	}
}

static void test_an_answer_without_a_length_ends_with_its_connection(void **state)
{
	struct exchange *exchange = get_broken("HTTP/1.0 200 OK\r\n\r\nhello", false);
	client_check_ok(exchange, "hello");
	assert_int_equal(exchange->end, END_CLEAN);
	exchange_free(exchange);
}

static void test_endless_headers_are_refused(void **state)
{
	struct buffer answer = BUFFER_EMPTY;
	buffer_text(&answer, "HTTP/1.1 200 OK\r\nX-Long: ");
	while (answer.size < 4 << 20)
		buffer_text(&answer, "xxxxxxxxxxxxxxxx");
	struct exchange *exchange = get_broken(buffer_string(&answer), false);
	client_check_failed(exchange, "client_limit");
	assert_non_null(strstr(buffer_string(&exchange->error_message), "longer headers"));
	exchange_free(exchange);
	buffer_clear(&answer);
	buffer_text(&answer, "HTTP/1.1 200 OK\r\n");
	while (answer.size < 4 << 20)
		buffer_text(&answer, "X-Many: 1\r\n");
	exchange = get_broken(buffer_string(&answer), false);
	client_check_failed(exchange, "client_limit");
	exchange_free(exchange);
	buffer_free(&answer);
}

/* Refuses after the head, as a server does that finds the body too large. */
static void serve_refusal(struct peer *server, int fd, int number)
{
	char byte[512];
	recvfrom(fd, byte, sizeof byte, 0, NULL, NULL);
	peer_tell(fd, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch");
	while (peer_pause(server, 1000000) && recvfrom(fd, byte, sizeof byte, 0, NULL, NULL) > 0)
		;
}

static void test_an_answer_before_the_body_is_sent_is_taken(void **state)
{
	size_t size = 32 << 20;
	char *body = memory_new(size);
	client_meet(&client, &peer, serve_refusal);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	spec.method = "POST";
	spec.body = body;
	spec.body_size = size;
	struct exchange *exchange = client_get(&client, &spec);
	client_check_failed(exchange, "http_413");
	assert_string_equal(buffer_string(&exchange->body), "much");
	exchange_free(exchange);
	client_part(&client, &peer);
	free(body);
}

static void test_half_a_head_is_truncated(void **state)
{
	for (int reset = 0; reset < 2; reset++) {
		struct exchange *exchange = get_broken("HTTP/1.1 200 OK\r\nContent-Le", reset);
		assert_int_equal(exchange->outcome, OUTCOME_TRUNCATED);
		assert_string_equal(exchange->error_kind, "transport");
		exchange_free(exchange);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interim_answers_are_not_the_answer),
		cmocka_unit_test(test_what_follows_a_switch_of_protocol_is_no_answer),
		cmocka_unit_test(test_a_body_that_is_compressed_all_the_same_is_decoded),
		cmocka_unit_test(test_trailers_are_no_headers),
		cmocka_unit_test(test_chunks_of_every_kind_are_taken_and_their_connection_kept),
		cmocka_unit_test(test_a_long_chunk_of_another_kind_is_taken_whole),
		cmocka_unit_test(test_an_answer_that_is_cut_is_no_success),
		cmocka_unit_test(test_a_reset_in_the_middle_is_known_as_one),
		cmocka_unit_test(test_no_byte_is_no_response),
		cmocka_unit_test(test_what_is_no_http_is_malformed),
		cmocka_unit_test(test_an_answer_without_a_length_ends_with_its_connection),
		cmocka_unit_test(test_endless_headers_are_refused),
		cmocka_unit_test(test_an_answer_before_the_body_is_sent_is_taken),
		cmocka_unit_test(test_half_a_head_is_truncated),
	};
	return RUN(tests);
}
