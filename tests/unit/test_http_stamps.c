/* Times of token events against the log of the server that sent them. */
#include "peer.h"

#include "net/stamp.h"

#define TOKENS 20
#define GAP_NS (25 * CLOCK_MS_NS)

static struct peer peer;
static struct client client;
static struct extract_plan *plan;
static bool stamps;

static int set_up(void **state)
{
	static const struct extract_place places[] = {
		{EXTRACT_CONTENT, "t", 1}, {EXTRACT_DONE, "done", 1}};
	stamps = stamp_self_test();
	plan = extract_compile(places, 2, NULL);
	return plan ? 0 : -1;
}

static int tear_down(void **state)
{
	extract_plan_free(plan);
	return 0;
}

/* Its clock just after each write is the truth. */
static void serve_tokens(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (!peer_listen(fd, &request))
		return;
	peer_tell(fd, PEER_CHUNKED);
	for (int i = 0; i < TOKENS; i++) {
		if (!peer_pause(server, GAP_NS))
			return;
		peer_tell_chunk(fd, "data: {\"t\":\"x\"}\n\n");
		atomic_store(&server->told_ns[i], clock_now_ns());
	}
	peer_tell_chunk(fd, "data: {\"done\":true}\n\n");
	peer_tell(fd, "0\r\n\r\n");
}

static struct exchange *stream(exchange_token_fn on_token)
{
	struct asked asked = {.client = &client, .exchange = exchange_new()};
	client_meet(&client, &peer, serve_tokens);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	asked.exchange->plan = plan;
	asked.exchange->stream = asked.exchange->wants_tokens = true;
	exchange_on_token(asked.exchange, on_token, NULL);
	client.waiting++;
	asked.request = http_start(client.http, &spec, asked.exchange, client_ended, &asked);
	client_wait(&client);
	client_part(&client, &peer);
	assert_int_equal(asked.exchange->outcome, OUTCOME_OK);
	assert_int_equal(asked.exchange->event_count, TOKENS);
	return asked.exchange;
}

/* Between the write of the token before and a little after its own. */
static int count_right(const struct exchange *exchange)
{
	int right = 0;
	int64_t t_ns = exchange->t_first_token;
	for (int i = 0; i < TOKENS; i++) {
		t_ns += exchange_gap(exchange, (size_t)i);
		int64_t told = atomic_load(&peer.told_ns[i]);
		bool after = i == 0 || t_ns > atomic_load(&peer.told_ns[i - 1]);
		right += after && t_ns <= told + 2 * CLOCK_MS_NS;
		assert_true(exchange_gap(exchange, (size_t)i) >= 0);
	}
	return right;
}

/* Every fifth token holds the loop up for longer than the next two need. */
static void dawdle(void *context, const char *text, size_t size, int64_t t_ns)
{
	static int count;
	if (count++ % 5 == 0)
		usleep(60000);
}

static void test_a_reader_that_is_late_still_knows_when_tokens_came(void **state)
{
	if (!stamps)
		skip();
	struct exchange *exchange = stream(dawdle);
	assert_true(exchange->stamped_by_kernel);
	assert_false(exchange->stamped_by_clock);
	/* The kernel may merge what waits; then the later stamp holds for both. */
	assert_in_range(count_right(exchange), TOKENS * 3 / 4, TOKENS);
	assert_true(exchange->reads > 1);
	exchange_free(exchange);
}

static void test_times_are_in_order(void **state)
{
	struct exchange *exchange = stream(NULL);
	assert_true(exchange->t_start <= exchange->t_connected);
	assert_true(exchange->t_connected <= exchange->t_sent);
	assert_true(exchange->t_sent <= exchange->t_headers);
	assert_true(exchange->t_headers <= exchange->t_first_token);
	assert_true(exchange->t_first_token < exchange->t_last_token);
	assert_true(exchange->t_last_token <= exchange->t_end);
	assert_true(exchange->t_end <= clock_now_ns());
	exchange_free(exchange);
}

/* Last: there is no way back. */
static void test_without_stamps_the_user_clock_is_taken_and_said(void **state)
{
	stamp_disable();
	struct exchange *exchange = stream(NULL);
	assert_false(exchange->stamped_by_kernel);
	assert_true(exchange->stamped_by_clock);
	assert_true(exchange->t_last_token - exchange->t_first_token > GAP_NS * TOKENS / 2);
	exchange_free(exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reader_that_is_late_still_knows_when_tokens_came),
		cmocka_unit_test(test_times_are_in_order),
		cmocka_unit_test(test_without_stamps_the_user_clock_is_taken_and_said),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
