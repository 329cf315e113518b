/* Connections to the simulated server: who waits for a slot, who leaves, and that nothing that
 * clients do stops it. */
#include "sim_client.h"

static int send_request(struct client *client, const char *path, const char *body)
{
	int fd = client_connect(client);
	struct buffer request = BUFFER_EMPTY;
	buffer_format(&request, "POST %s HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s", path,
		strlen(body), body);
	client_send(fd, request.data, request.size);
	buffer_free(&request);
	return fd;
}

static bool is_silent(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	return poll(&ready, 1, 100) == 0;
}

/* One slot, and an answer in it that takes for ever. What does the next one see meanwhile? */
static void queue_behind_another(struct client *client)
{
	static const char body[] = "{" CLIENT_QUESTION ",\"stream\":true}";
	int first = send_request(client, CLIENT_CHAT, body);
	client_read_until(first, &client->answers[0], "\n\n\r\n");
	int second = send_request(client, CLIENT_CHAT, body);
	client_read(second, &client->answers[1], 300);
	buffer_byte(&client->answers[2], is_silent(second) ? 's' : 'n');
	client_ask(client, "GET", "/metrics", "", &client->answers[3]);
	close(first); /* its slot is free at once */
	client_read_until(second, &client->answers[4], "\n\n\r\n");
	close(second);
}

static void test_queue_as_llamacpp(void **state)
{
	struct client client;
	client_run(&client, "kind=llamacpp@slots=1@ttft=1ms@tpot=60s", queue_behind_another, NULL);
	/* Not a byte until a slot is free, then head and first token. */
	assert_int_equal(client.answers[1].size, 0);
	client_has(client.answers[3].data, "llamacpp:requests_processing 1\n");
	client_has(client.answers[3].data, "llamacpp:requests_deferred 1\n");
	client_has(client.answers[4].data, "HTTP/1.1 200 OK");
	client_has(client.answers[4].data, "\"content\":\"");
	client_free(&client);
}

static void test_queue_as_vllm(void **state)
{
	struct client client;
	client_run(&client, "kind=vllm@slots=1@ttft=1ms@tpot=60s", queue_behind_another, NULL);
	/* The head at once, the role only when the prompt was read. */
	client_has(client.answers[1].data, "HTTP/1.1 200 OK");
	assert_null(strstr(client.answers[1].data, "assistant"));
	assert_int_equal(client.answers[2].data[0], 's');
	client_has(client.answers[4].data, "\"role\":\"assistant\"");
	client_free(&client);
}

static void await_metric(struct client *client, struct buffer *answer, const char *words)
{
	for (int i = 0; i < 1000 && !strstr(buffer_string(answer), words); i++) {
		usleep(i == 0 ? 0 : 10000);
		buffer_clear(answer);
		client_ask(client, "GET", "/metrics", "", answer);
	}
}

/* llama-server does not notice when the client of a plain request leaves. */
static void leave_a_plain_request(struct client *client)
{
	int fd = send_request(client, CLIENT_CHAT, "{" CLIENT_QUESTION "}");
	await_metric(client, &client->answers[0], "processing 1");
	client_ask(client, "GET", "/slots", "", &client->answers[2]);
	client_ask(client, "GET", "/slots?fail_on_no_slot=1", "", &client->answers[3]);
	close(fd);
	for (int i = 0; i < 20; i++) {
		buffer_clear(&client->answers[1]);
		client_ask(client, "GET", "/metrics", "", &client->answers[1]);
	}
}

static void test_who_leaves_a_plain_request(void **state)
{
	struct client client;
	client_run(&client, "kind=llamacpp@slots=1@ttft=60s", leave_a_plain_request, NULL);
	client_has(client.answers[0].data, "llamacpp:requests_processing 1\n");
	client_has(client.answers[2].data,
		"\"is_processing\":true,\"id_task\":1,\"n_prompt_tokens\":15,"
		"\"n_prompt_tokens_processed\":15,\"n_prompt_tokens_cache\":0,\"params\":{");
	client_has(client.answers[2].data, "\"n_remain\":64,\"n_decoded\":0}]}]");
	client_has(client.answers[3].data, "HTTP/1.1 503 Service Unavailable\r\n");
	client_has(client.answers[3].data, "no slot available");
	client_has(client.answers[1].data, "llamacpp:requests_processing 1\n");
	client_free(&client);
}

static void leave_and_wait_for_the_end(struct client *client)
{
	leave_a_plain_request(client);
	await_metric(client, &client->answers[1], "processing 0");
}

/* Its tokens are made for nobody, to the last. */
static void test_who_is_gone_before_the_end(void **state)
{
	struct client client;
	client_run(&client, "kind=llamacpp@tpot=20ms@output_tokens=20", leave_and_wait_for_the_end,
		NULL);
	client_has(client.answers[0].data, "llamacpp:requests_processing 1\n");
	client_has(client.answers[1].data, "llamacpp:requests_processing 0\n");
	client_has(client.answers[1].data, "llamacpp:tokens_predicted_total 20\n");
	client_free(&client);
}

static void leave_three_and_wait(struct client *client)
{
	int fds[] = {send_request(client, CLIENT_CHAT, "{\"max_tokens\":10," CLIENT_QUESTION "}"),
		send_request(client, CLIENT_CHAT, "{\"max_tokens\":30," CLIENT_QUESTION "}"),
		send_request(client, CLIENT_CHAT, "{\"max_tokens\":20," CLIENT_QUESTION "}")};
	await_metric(client, &client->answers[0], "processing 3");
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		close(fds[i]);
	await_metric(client, &client->answers[0], "processing 0");
}

static void test_who_is_gone_may_end_in_any_order(void **state)
{
	struct client client;
	client_run(&client, "kind=llamacpp@slots=3@ttft=1ms@tpot=20ms", leave_three_and_wait, NULL);
	client_has(client.answers[0].data, "llamacpp:requests_processing 0\n");
	client_has(client.answers[0].data, "llamacpp:tokens_predicted_total 60\n");
	client_free(&client);
}

/* More than the kernel takes at once, to a client that reads late: what is left follows. */
static void read_late(struct client *client)
{
	int fd = send_request(client, CLIENT_CHAT, "{" CLIENT_QUESTION ",\"stream\":true}");
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	poll(&ready, 1, 20000);
	usleep(200000);
	client_read_until(fd, &client->answers[0], "data: [DONE]\n\n\r\n0\r\n\r\n");
	close(fd);
}

static void test_a_late_reader(void **state)
{
	struct client client;
	client_run(&client, "kind=openai@tpot=0ms@context=100000@output_tokens=60000", read_late,
		NULL);
	assert_true(client.answers[0].size > 10000000);
	client_has(client.answers[0].data + client.answers[0].size - 21, "data: [DONE]");
	client_free(&client);
}

static void keep_a_connection(struct client *client)
{
	const char *path = client->context;
	static const char body[] =
		"{\"model\":\"sim\"," CLIENT_QUESTION ",\"stream\":true,\"max_tokens\":2,"
		"\"options\":{\"num_predict\":2}}";
	struct buffer request = BUFFER_EMPTY;
	buffer_format(&request, "POST %s HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s", path,
		strlen(body), body);
	int fd = client_connect(client);
	client_send(fd, request.data, request.size);
	client_read_until(fd, &client->answers[0], "\r\n0\r\n\r\n");
	client_send(fd, request.data, request.size);
	client_read_until(fd, &client->answers[1], "\r\n0\r\n\r\n");
	buffer_free(&request);
	close(fd);
}

/* llama-server closes after every stream, though it says Keep-Alive; the others do not. */
static void test_connections(void **state)
{
	static const struct {
		const char *settings, *path;
		bool keeps;
	} rows[] = {
		{"kind=llamacpp@ttft=1ms@tpot=1ms", CLIENT_CHAT, false},
		{"kind=any@ttft=1ms@tpot=1ms", CLIENT_CHAT, true},
		{"kind=vllm@ttft=1ms@tpot=1ms", CLIENT_CHAT, true},
		{"kind=openai@ttft=1ms@tpot=1ms", CLIENT_CHAT, true},
		{"kind=ollama@ttft=1ms@tpot=1ms", "/api/chat", true},
		{"kind=ollama@ttft=1ms@tpot=1ms", CLIENT_CHAT, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client client;
		client_run(&client, rows[i].settings, keep_a_connection, (void *)rows[i].path);
		client_has(client.answers[0].data, "\r\n0\r\n\r\n");
		assert_int_equal(client.answers[1].size > 0, rows[i].keeps);
		client_free(&client);
	}
}

static const char idle_request[] = "GET /v1/models HTTP/1.1\r\n\r\n";
static const char begun_request[] =
	"POST " CLIENT_CHAT " HTTP/1.1\r\nConnection: close\r\nContent-Length: 63\r\n\r\n{";

static int keep_idle(const struct client *client, struct buffer *answer)
{
	int fd = client_connect(client);
	client_send(fd, idle_request, sizeof idle_request - 1);
	client_read_until(fd, answer, "]}]}");
	return fd;
}

/* A second one was idle first, and then began to ask. */
static void wait_for_the_end(struct client *client)
{
	int begun = keep_idle(client, &client->answers[2]);
	client_send(begun, begun_request, sizeof begun_request - 1);
	int64_t idle_since = clock_now_ns();
	int fd = keep_idle(client, &client->answers[0]);
	client_read_until(fd, &client->answers[0], NULL);
	bool waited = clock_now_ns() - idle_since >= 4 * CLOCK_SECOND_NS;
	buffer_byte(&client->answers[1], waited ? 'y' : 'n');
	close(fd);
	client_send(begun, CLIENT_QUESTION "}", sizeof CLIENT_QUESTION);
	client_read_until(begun, &client->answers[3], NULL);
	close(begun);
}

/* vLLM closes a connection that was idle for 5 seconds. */
static void test_idle_connection(void **state)
{
	struct client client;
	client_run(&client, "kind=vllm", wait_for_the_end, NULL);
	client_has(client.answers[0].data, "max_model_len");
	assert_string_equal(client.answers[1].data, "y");
	client_has(buffer_string(&client.answers[3]), "\"chat.completion\"");
	client_free(&client);
}

static void send_text(int fd, const char *text)
{
	client_send(fd, text, strlen(text));
}

static void send_byte_by_byte(struct client *client, struct buffer *answer)
{
	static const char slow[] = "GET /api/version HTTP/1.1\r\nConnection: close\r\n\r\n";
	int fd = client_connect(client);
	for (size_t i = 0; i < sizeof slow - 1; i++)
		client_send(fd, slow + i, 1);
	client_read_until(fd, answer, NULL);
	close(fd);
}

static void send_nonsense(struct client *client, struct buffer *answer)
{
	static const char *const rude[] = {"\x16\x03\x01\x02", "GET\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "SSH-2.0-x\r\n\r\n"};
	for (size_t i = 0; i < sizeof rude / sizeof *rude; i++) {
		int fd = client_connect(client);
		send_text(fd, rude[i]);
		send_text(fd, "\n\n");
		client_read_until(fd, answer, NULL);
		close(fd);
	}
}

static void leave_in_a_body(struct client *client)
{
	int fd = client_connect(client);
	send_text(fd, "POST " CLIENT_CHAT " HTTP/1.1\r\nContent-Length: 10\r\n\r\n{");
	close(fd);
}

static void expect_to_continue(struct client *client, struct buffer *answer)
{
	int fd = client_connect(client);
	send_text(fd, "POST /tokenize HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\n"
		      "Content-Length: 15\r\n\r\n");
	client_read_until(fd, answer, "Continue\r\n\r\n");
	send_text(fd, "{\"content\":\"a\"}");
	client_read_until(fd, answer, NULL);
	close(fd);
}

static void speak_http10(struct client *client, struct buffer *answer)
{
	static const char body[] = "{" CLIENT_QUESTION ",\"max_tokens\":1,\"stream\":true}";
	char head[120];
	int fd = client_connect(client);
	snprintf(head, sizeof head, "POST " CLIENT_CHAT " HTTP/1.0\r\nContent-Length: %zu\r\n\r\n",
		sizeof body - 1);
	send_text(fd, head);
	send_text(fd, body);
	client_read_until(fd, answer, NULL);
	close(fd);
}

/* Afterwards the server still answers. */
static void be_a_nuisance(struct client *client)
{
	send_byte_by_byte(client, &client->answers[0]);
	send_nonsense(client, &client->answers[1]);
	leave_in_a_body(client);
	expect_to_continue(client, &client->answers[2]);
	speak_http10(client, &client->answers[3]);
	client_ask(client, "GET", "/api/version", "", &client->answers[4]);
}

static void test_nuisance(void **state)
{
	struct client client;
	client_run(&client, "ttft=1ms@tpot=1ms", be_a_nuisance, NULL);
	client_has(client.answers[0].data, "0.24.0");
	client_has(client.answers[1].data, "HTTP/1.1 400 Bad Request");
	client_has(client.answers[1].data, "HTTP/1.1 413 ");
	client_has(client.answers[2].data, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK");
	client_has(client.answers[2].data, "{\"tokens\":[97]}");
	/* HTTP/1.0 knows no chunks: the end of the connection is the end. */
	assert_null(strstr(client.answers[3].data, "chunked"));
	client_has(client.answers[3].data, "\r\n\r\ndata: {");
	client_has(client.answers[4].data, "0.24.0");
	client_free(&client);
}

#define CROWD 300

static void come_in_crowds(struct client *client)
{
	int fds[CROWD];
	for (int i = 0; i < CROWD; i++)
		fds[i] = send_request(client, "/v1/completions",
			"{\"prompt\":\"a\",\"max_tokens\":3,\"stream\":true}");
	for (int i = 0; i < CROWD; i++) {
		struct buffer answer = BUFFER_EMPTY;
		client_read_until(fds[i], &answer, "\r\n0\r\n\r\n");
		if (answer.size && strstr(answer.data, "data: [DONE]"))
			buffer_byte(&client->answers[0], '+');
		buffer_free(&answer);
		close(fds[i]);
	}
	client_ask(client, "GET", "/metrics", "", &client->answers[1]);
}

static void test_crowd(void **state)
{
	struct client client;
	client_run(&client, "ttft=0ms@tpot=1ms@slots=50@prefill_tps=0", come_in_crowds, NULL);
	assert_int_equal(client.answers[0].size, CROWD);
	client_has(client.answers[1].data, "llamacpp:tokens_predicted_total 900\n");
	client_has(client.answers[1].data, "llamacpp:requests_processing 0\n");
	client_free(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_as_llamacpp),
		cmocka_unit_test(test_queue_as_vllm),
		cmocka_unit_test(test_who_leaves_a_plain_request),
		cmocka_unit_test(test_who_is_gone_before_the_end),
		cmocka_unit_test(test_who_is_gone_may_end_in_any_order),
		cmocka_unit_test(test_a_late_reader),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_idle_connection),
		cmocka_unit_test(test_nuisance),
		cmocka_unit_test(test_crowd),
	};
	return RUN(tests);
}
