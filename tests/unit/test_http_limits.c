/* Limits of time, cancellation at every stage, and streams of tokens. */
#include "peer.h"

static struct peer peer;
static struct client client;
static struct extract_plan *plan;

static int make_plan(void **state)
{
	static const struct extract_place places[] = {
		{EXTRACT_CONTENT, "choices[*].delta.content", 1},
		{EXTRACT_FINISH, "choices[*].finish_reason", 1},
		{EXTRACT_CHOICE, "choices[*].index", 1}};
	plan = extract_compile(places, 3, NULL);
	return plan ? 0 : -1;
}

static int free_plan(void **state)
{
	extract_plan_free(plan);
	return 0;
}

#define TOKEN(x) "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" x "\"}}]}\n\n"
#define FINISH "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE "data: [DONE]\n\n"

static void start_stream(struct asked *asked, const struct http_spec *spec)
{
	*asked = (struct asked){.client = &client, .exchange = exchange_new()};
	asked->exchange->plan = plan;
	asked->exchange->done_text = "[DONE]";
	asked->exchange->stream = asked->exchange->wants_tokens = true;
	client.waiting++;
	asked->request = http_start(client.http, spec, asked->exchange, client_ended, asked);
}

/* One answer of a peer, with these limits. */
static struct exchange *stream(
	void (*serve)(struct peer *, int, int), struct http_timeouts timeouts)
{
	struct asked asked;
	client_meet(&client, &peer, serve);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	spec.timeouts = timeouts;
	start_stream(&asked, &spec);
	client_wait(&client);
	assert_int_equal(asked.ended, 1);
	client_check_empty(&client);
	client_part(&client, &peer);
	return asked.exchange;
}

#define MS CLOCK_MS_NS
#define NONE EXCHANGE_NONE

static void check_limit(struct exchange *exchange, const char *kind)
{
	assert_int_equal(exchange->outcome, OUTCOME_FAILED);
	assert_string_equal(exchange->error_kind, kind);
	assert_non_null(strstr(buffer_string(&exchange->error_message), "127.0.0.1"));
}

/* ---- limits ---- */

/* Hears a request, and sends the head of a chunked answer. */
static bool begin_chunked(int fd)
{
	struct peer_request request;
	if (!peer_listen(fd, &request))
		return false;
	peer_tell(fd, PEER_CHUNKED);
	return true;
}

static void serve_slowly(struct peer *server, int fd, int number)
{
	if (!begin_chunked(fd))
		return;
	if (!peer_pause(server, 300 * MS))
		return;
	for (int i = 0; i < 4; i++) {
		peer_tell_chunk(fd, TOKEN("a"));
		peer_pause(server, 100 * MS);
	}
	peer_tell_chunk(fd, FINISH);
	peer_tell_chunk(fd, DONE);
	peer_tell(fd, "0\r\n\r\n");
}

static void test_a_healthy_stream_is_not_killed(void **state)
{
	struct exchange *exchange = stream(
		serve_slowly, (struct http_timeouts){10000 * MS, 10000 * MS, 5000 * MS, NONE});
	assert_int_equal(exchange->outcome, OUTCOME_OK);
	assert_int_equal(exchange->event_count, 4);
	assert_true(exchange->t_end > exchange->t_first_token + 300 * MS);
	exchange_free(exchange);
}

static void serve_headers(struct peer *server, int fd, int number)
{
	if (!begin_chunked(fd))
		return;
	while (peer_pause(server, 20 * MS))
		;
}

static void test_the_first_token_has_a_limit_of_its_own(void **state)
{
	struct exchange *exchange =
		stream(serve_headers, (struct http_timeouts){NONE, 300 * MS, 20 * MS, NONE});
	check_limit(exchange, "first_token_timeout");
	assert_int_equal(exchange->http_status, 200);
	assert_true(exchange->t_end >= exchange->t_sent + 300 * MS);
	assert_int_equal(exchange->event_count, 0);
	exchange_free(exchange);
}

/* A chunk's size, and what may stand behind it, for ever. */
static void serve_flood(struct peer *server, int fd, int number)
{
	static char flood[65536];
	if (!begin_chunked(fd))
		return;
	memset(flood, 'x', sizeof flood);
	peer_tell(fd, "5;");
	while (peer_pause(server, 0) && peer_tell_bytes(fd, flood, sizeof flood))
		;
}

static void test_bytes_that_wait_put_no_limit_off_for_ever(void **state)
{
	struct exchange *exchange =
		stream(serve_flood, (struct http_timeouts){NONE, 300 * MS, NONE, NONE});
	check_limit(exchange, "first_token_timeout");
	assert_true(exchange->t_end < exchange->t_sent + 8000 * MS);
	exchange_free(exchange);
}

/* The last chunk, and trailers for ever. */
static void serve_trailers(struct peer *server, int fd, int number)
{
	if (!begin_chunked(fd))
		return;
	peer_tell_chunk(fd, TOKEN("a"));
	peer_tell(fd, "0\r\n");
	while (peer_pause(server, 0) && peer_tell(fd, "X-Trailer: of many\r\n"))
		;
}

static void test_trailers_have_an_end(void **state)
{
	struct exchange *exchange =
		stream(serve_trailers, (struct http_timeouts){NONE, NONE, NONE, 60000 * MS});
	assert_int_equal(exchange->outcome, OUTCOME_FAILED);
	assert_string_equal(exchange->error_kind, "client_limit");
	assert_int_equal(exchange->event_count, 1);
	exchange_free(exchange);
}

/* Three tokens, then pings for ever. */
static void serve_pings(struct peer *server, int fd, int number)
{
	if (!begin_chunked(fd))
		return;
	for (int i = 0; i < 3; i++)
		peer_tell_chunk(fd, TOKEN("a"));
	while (peer_pause(server, 20 * MS) && peer_tell_chunk(fd, ": ping\n\n"))
		;
}

static void test_pings_keep_no_generation_alive(void **state)
{
	struct exchange *exchange =
		stream(serve_pings, (struct http_timeouts){NONE, 20000 * MS, 500 * MS, NONE});
	check_limit(exchange, "idle_timeout");
	assert_int_equal(exchange->event_count, 3);
	assert_true(exchange->t_end >= exchange->t_last_token + 500 * MS);
	exchange_free(exchange);
}

static void test_total_ends_what_goes_on(void **state)
{
	struct exchange *exchange =
		stream(serve_pings, (struct http_timeouts){NONE, NONE, NONE, 800 * MS});
	check_limit(exchange, "total_timeout");
	assert_int_equal(exchange->event_count, 3);
	assert_true(exchange->t_end >= exchange->t_start + 800 * MS);
	exchange_free(exchange);
}

static void serve_open_end(struct peer *server, int fd, int number)
{
	if (!begin_chunked(fd))
		return;
	peer_tell_chunk(fd, TOKEN("a"));
	peer_tell_chunk(fd, FINISH);
	peer_tell_chunk(fd, DONE);
	while (peer_pause(server, 20 * MS))
		;
}

static void test_who_has_said_all_but_stays_has_not_failed(void **state)
{
	struct exchange *exchange =
		stream(serve_open_end, (struct http_timeouts){NONE, NONE, 500 * MS, NONE});
	assert_int_equal(exchange->outcome, OUTCOME_OK);
	assert_int_equal(exchange->end, END_CUT);
	exchange_free(exchange);
}

static void serve_silence(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (!peer_listen(fd, &request))
		return;
	while (peer_pause(server, 20 * MS))
		;
}

static void test_silence_before_the_headers_counts_too(void **state)
{
	struct exchange *exchange =
		stream(serve_silence, (struct http_timeouts){NONE, 100 * MS, NONE, NONE});
	check_limit(exchange, "first_token_timeout");
	assert_int_equal(exchange->http_status, 0);
	assert_true(exchange->t_sent >= exchange->t_start);
	exchange_free(exchange);
}

/* A full backlog: the kernel does not answer the handshake. */
static void test_connecting_has_a_limit(void **state)
{
	struct peer deaf = {.port = 0};
	int fillers[8];
	struct asked asked;
	assert_true(peer_bind(&deaf, false));
	listen(deaf.listener, 0);
	for (int i = 0; i < 8; i++) {
		struct sockaddr_in address = {.sin_family = AF_INET,
			.sin_port = htons((uint16_t)deaf.port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_true(connect(fillers[i], (struct sockaddr *)&address, sizeof address) <= 0);
	}
	client_open(&client);
	struct http_spec spec = client_spec(client_url(&deaf, "127.0.0.1"));
	spec.timeouts = (struct http_timeouts){100 * MS, 5000 * MS, NONE, 10000 * MS};
	start_stream(&asked, &spec);
	client_wait(&client);
	check_limit(asked.exchange, "connect_timeout");
	assert_int_equal(asked.exchange->t_sent, NONE);
	assert_int_equal(http_open_sockets(client.http), 0);
	exchange_free(asked.exchange);
	client_close(&client);
	for (int i = 0; i < 8; i++)
		close(fillers[i]);
	close(deaf.listener);
}

/* ---- cancelling ---- */

static void test_a_user_who_leaves_is_neither_success_nor_error(void **state)
{
	struct asked asked;
	client_meet(&client, &peer, serve_pings);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	spec.cancel_after = 800 * MS;
	start_stream(&asked, &spec);
	client_wait(&client);
	assert_int_equal(asked.exchange->outcome, OUTCOME_CANCELLED);
	assert_string_equal(asked.exchange->error_kind, "");
	assert_int_equal(asked.exchange->event_count, 3);
	assert_true(asked.exchange->t_end >= asked.exchange->t_sent + 800 * MS);
	exchange_free(asked.exchange);
	assert_int_equal(http_open_sockets(client.http), 0);
	client_part(&client, &peer);
}

static struct asked victim;

static void end_victim(void *context)
{
	if (!victim.request)
		return;
	http_end(victim.request, OUTCOME_INCOMPLETE, "client_limit", "enough");
	http_end(victim.request, OUTCOME_FAILED, "transport", "not heard any more");
	assert_int_equal(victim.ended, 0);
}

/* Ends a request so long after its start: connecting, sending, waiting, reading. */
static void test_a_request_can_be_ended_at_any_moment(void **state)
{
	client_meet(&client, &peer, serve_pings);
	for (int64_t after = 0; after < 500 * MS; after = after ? after * 3 : 10000) {
		struct loop_timer timer = {.fn = end_victim};
		struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
		start_stream(&victim, &spec);
		loop_timer_set(client.loop, &timer, clock_now_ns() + after);
		client_wait(&client);
		loop_timer_clear(client.loop, &timer);
		assert_int_equal(victim.ended, 1);
		assert_int_equal(victim.exchange->outcome, OUTCOME_INCOMPLETE);
		assert_string_equal(victim.exchange->error_kind, "client_limit");
		exchange_free(victim.exchange);
		client_check_empty(&client);
		assert_int_equal(http_open_sockets(client.http), 0);
	}
	client_part(&client, &peer);
}

static void test_a_request_can_be_ended_before_the_loop_saw_it(void **state)
{
	client_meet(&client, &peer, serve_slowly);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	start_stream(&victim, &spec);
	end_victim(NULL);
	client_wait(&client);
	assert_int_equal(victim.ended, 1);
	assert_int_equal(victim.exchange->outcome, OUTCOME_INCOMPLETE);
	exchange_free(victim.exchange);
	client_part(&client, &peer);
}

static struct asked second;

/* Inside libcurl: ends the request whose token it is, and starts another. */
static void on_token(void *context, const char *text, size_t size, int64_t t_ns)
{
	struct asked *asked = context;
	if (!asked->request)
		return;
	http_end(asked->request, OUTCOME_CANCELLED, "", NULL);
	assert_int_equal(asked->ended, 0);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	if (!second.exchange)
		start_stream(&second, &spec);
}

static void test_a_request_can_be_ended_and_started_inside_a_callback(void **state)
{
	client_meet(&client, &peer, serve_slowly);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	second.exchange = NULL;
	start_stream(&victim, &spec);
	exchange_on_token(victim.exchange, on_token, &victim);
	client_wait(&client);
	assert_int_equal(victim.ended, 1);
	assert_int_equal(victim.exchange->outcome, OUTCOME_CANCELLED);
	assert_int_equal(victim.exchange->event_count, 1);
	assert_int_equal(second.ended, 1);
	assert_int_equal(second.exchange->outcome, OUTCOME_OK);
	exchange_free(victim.exchange);
	exchange_free(second.exchange);
	client_part(&client, &peer);
}

static void test_freeing_ends_what_runs(void **state)
{
	struct asked asked[3];
	client_meet(&client, &peer, serve_silence);
	for (int i = 0; i < 3; i++) {
		struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
		start_stream(&asked[i], &spec);
	}
	http_end(asked[1].request, OUTCOME_CANCELLED, "", NULL);
	client_close(&client);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(asked[i].ended, 1);
		assert_int_equal(asked[i].exchange->outcome,
			i == 1 ? OUTCOME_CANCELLED : OUTCOME_INCOMPLETE);
		exchange_free(asked[i].exchange);
	}
	peer_close(&peer);
}

/* ---- a reset after the end ---- */

static void serve_reset_after_done(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (!peer_listen(fd, &request))
		return;
	peer_tell(fd, PEER_CHUNKED);
	peer_tell_chunk(fd, TOKEN("a"));
	peer_tell_chunk(fd, FINISH DONE);
	peer_pause(server, 30 * MS);
	peer_reset(server, number);
}

static void test_a_reset_after_the_answer_was_whole_is_only_noted(void **state)
{
	struct exchange *exchange =
		stream(serve_reset_after_done, (struct http_timeouts){NONE, NONE, NONE, NONE});
	assert_int_equal(exchange->outcome, OUTCOME_OK);
	assert_int_equal(exchange->end, END_RESET);
	assert_int_equal(exchange->flags & EXCHANGE_RESET, EXCHANGE_RESET);
	exchange_free(exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_healthy_stream_is_not_killed),
		cmocka_unit_test(test_the_first_token_has_a_limit_of_its_own),
		cmocka_unit_test(test_bytes_that_wait_put_no_limit_off_for_ever),
		cmocka_unit_test(test_trailers_have_an_end),
		cmocka_unit_test(test_pings_keep_no_generation_alive),
		cmocka_unit_test(test_total_ends_what_goes_on),
		cmocka_unit_test(test_who_has_said_all_but_stays_has_not_failed),
		cmocka_unit_test(test_silence_before_the_headers_counts_too),
		cmocka_unit_test(test_connecting_has_a_limit),
		cmocka_unit_test(test_a_user_who_leaves_is_neither_success_nor_error),
		cmocka_unit_test(test_a_request_can_be_ended_at_any_moment),
		cmocka_unit_test(test_a_request_can_be_ended_before_the_loop_saw_it),
		cmocka_unit_test(test_a_request_can_be_ended_and_started_inside_a_callback),
		cmocka_unit_test(test_freeing_ends_what_runs),
		cmocka_unit_test(test_a_reset_after_the_answer_was_whole_is_only_noted),
	};
	return cmocka_run_group_tests(tests, make_plan, free_plan);
}
