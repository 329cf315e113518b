/* The simulated server as its clients see it: what they ask for is what they get, and nothing that
 * they do stops it. */
#include "sim_client.h"

#include "base/clock.h"
#include "base/memory.h"

#define CHAT "/v1/chat/completions"
#define QUESTION "\"messages\":[{\"role\":\"user\",\"content\":\"Why is the sky blue?\"}]"

struct question {
	const char *method, *path, *body;
};

/* Asks one after the other, each on a connection of its own. */
static void ask_each(struct client *client)
{
	const struct question *questions = client->context;
	for (int i = 0; i < 8 && questions[i].method; i++)
		client_ask(client, questions[i].method, questions[i].path, questions[i].body,
			&client->answers[i]);
}

static const char *body_of(const struct client *client, int index)
{
	const char *body = strstr(buffer_string(&client->answers[index]), "\r\n\r\n");
	return body ? body + 4 : "";
}

static int status_of(const struct client *client, int index)
{
	return client->answers[index].size > 12 ? atoi(client->answers[index].data + 9) : 0;
}

static void assert_has(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("no %s in:\n%s", words, text);
}

static long long number_after(const char *text, const char *words)
{
	const char *at = strstr(text, words);
	if (!at)
		fail_msg("no %s in:\n%s", words, text);
	return strtoll(at + strlen(words), NULL, 10);
}

static const struct question tour[] = {
	{"GET", "/props", ""},
	{"GET", "/api/version", ""},
	{"GET", "/version", ""},
	{"GET", "/v1/models", ""},
	{"POST", "/completion", "{\"prompt\":\"a\",\"n_predict\":1}"},
	{"POST", "/api/generate",
		"{\"model\":\"sim\",\"prompt\":\"a\",\"options\":{\"num_predict\":1}}"},
	{"GET", "/nothing", ""},
	{"HEAD", "/v1/models", ""},
};

/* Which paths are there is part of what a kind is. */
static void test_paths_of_each_kind(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		int status[8];
	} rows[] = {
		{"kind=any", {200, 200, 200, 200, 200, 200, 404, 200}},
		{"kind=llamacpp", {200, 404, 404, 200, 200, 404, 404, 200}},
		{"kind=ollama", {404, 200, 404, 200, 404, 200, 404, 200}},
		{"kind=vllm", {404, 404, 200, 200, 404, 404, 404, 200}},
		{"kind=openai", {404, 404, 404, 200, 404, 404, 404, 200}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client client;
		char settings[64];
		snprintf(settings, sizeof settings, "%s@ttft=1ms@tpot=1ms", rows[i].kind);
		client_run(&client, settings, ask_each, (void *)tour);
		for (int j = 0; j < 8; j++)
			if (status_of(&client, j) != rows[i].status[j])
				fail_msg("%s %s: %s", rows[i].kind, tour[j].path,
					buffer_string(&client.answers[j]));
		assert_string_equal(body_of(&client, 7), "");
		client_free(&client);
	}
}

static void test_counts(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":5}"},
		{"POST", CHAT, "{" QUESTION "}"},
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":30,\"ignore_eos\":true}"},
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":30,\"min_tokens\":20}"},
		{"POST", CHAT, "{" QUESTION ",\"temperature\":0,\"stop\":[\" blue\"]}"},
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":0}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "kind=llamacpp@ttft=1ms@tpot=1ms@output_tokens=8", ask_each,
		(void *)questions);
	static const int made[] = {5, 8, 30, 20, 4, 1};
	static const char *const reasons[] = {"length", "stop", "length", "stop", "stop", "length"};
	for (int i = 0; i < 6; i++) {
		const char *body = body_of(&client, i);
		char reason[64];
		snprintf(reason, sizeof reason, "\"finish_reason\":\"%s\"", reasons[i]);
		assert_int_equal(number_after(body, "\"completion_tokens\":"), made[i]);
		assert_int_equal(number_after(body, "\"predicted_n\":"), made[i]);
		assert_int_equal(number_after(body, "\"prompt_tokens\":"), 15);
		assert_int_equal(number_after(body, "\"total_tokens\":"), 15 + made[i]);
		/* The first time everything is evaluated, later only the last token. */
		assert_int_equal(number_after(body, "\"cache_n\":"), i ? 14 : 0);
		assert_int_equal(number_after(body, "\"prompt_n\":"), i ? 1 : 15);
		assert_has(body, reason);
	}
	assert_has(body_of(&client, 4), "\"content\":\"The sky looks\"");
	client_free(&client);
}

/* 0.24 counts the whole prompt, 0.30 what it evaluated. */
/* Each token is the moment of its sending, on the clock that every process here shares. */
static void test_stamps(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":3}"}, {NULL, NULL, NULL}};
	struct client client;
	int64_t began = clock_now_ns(), before = began;
	client_run(
		&client, "kind=openai@stamps=true@ttft=2ms@tpot=3ms", ask_each, (void *)questions);
	const char *at = strstr(body_of(&client, 0), "\"content\":\"");
	assert_non_null(at);
	char *end = (char *)at + strlen("\"content\":\"");
	for (int i = 0; i < 3; i++) {
		int64_t sent = strtoll(end, &end, 10);
		/* never before its time or its forerunner; a busy machine sends late */
		assert_in_range(sent - began, (2 + 3 * i) * 1000000, clock_now_ns() - began);
		assert_true(sent >= before);
		before = sent;
	}
	assert_string_equal(strndupa(end, 2), " \"");
	client_free(&client);
}

static void test_ollama_counts(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{"POST", "/api/chat", "{\"model\":\"sim\"," QUESTION ",\"stream\":false}"},
		{"POST", "/api/chat", "{\"model\":\"sim:latest\"," QUESTION ",\"stream\":false}"},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"options\":{\"num_predict\":30}," QUESTION "}"},
		{NULL, NULL, NULL},
	};
	static const char *const settings[] = {
		"kind=ollama@ttft=2ms@tpot=1ms", "kind=ollama@ttft=2ms@tpot=1ms@version=0.30.0"};
	for (int newer = 0; newer < 2; newer++) {
		struct client client;
		client_run(&client, settings[newer], ask_each, (void *)questions);
		for (int i = 0; i < 3; i++) {
			const char *body = body_of(&client, i);
			long long total = number_after(body, "\"total_duration\":");
			long long load = number_after(body, "\"load_duration\":");
			long long prompt = number_after(body, "\"prompt_eval_duration\":");
			long long decode = number_after(body, "\"eval_duration\":");
			assert_int_equal(
				number_after(body, "\"prompt_eval_count\":"), newer && i ? 1 : 15);
			assert_int_equal(number_after(body, "\"eval_count\":"), i == 2 ? 30 : 64);
			assert_true(load > 0 && prompt >= 2000000 && decode > 0);
			assert_true(total >= prompt + decode);
			assert_int_equal(prompt % 1000, newer ? 0 : prompt % 1000);
		}
		client_free(&client);
	}
}

static void test_same_seed_same_words(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{"POST", "/v1/completions", "{\"prompt\":\"sky\",\"seed\":7,\"max_tokens\":20}"},
		{"POST", "/v1/completions", "{\"prompt\":\"sky\",\"seed\":7,\"max_tokens\":20}"},
		{"POST", "/v1/completions", "{\"prompt\":\"sky\",\"seed\":8,\"max_tokens\":20}"},
		{"POST", "/v1/completions",
			"{\"prompt\":\"sky\",\"temperature\":0,\"max_tokens\":20}"},
		{"POST", "/v1/completions",
			"{\"prompt\":\"sky\",\"temperature\":0,\"seed\":9,\"max_tokens\":20}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "ttft=1ms@tpot=0ms", ask_each, (void *)questions);
	char words[5][400];
	for (int i = 0; i < 5; i++) {
		const char *text = strstr(body_of(&client, i), "\"text\":\"");
		if (text == NULL)
			fail_msg("answer %d has no text", i);
		else
			snprintf(words[i], sizeof words[i], "%.*s", (int)strcspn(text + 8, "\""),
				text + 8);
	}
	assert_string_equal(words[0], words[1]);
	assert_string_not_equal(words[0], words[2]);
	assert_string_equal(words[3], words[4]);
	client_free(&client);
}

static void test_failures_on_demand(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":1}"},
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":1}"},
		{"GET", "/v1/models", ""},
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":1}"},
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":1}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "kind=vllm@ttft=1ms@fail_every=2", ask_each, (void *)questions);
	static const int status[] = {200, 503, 200, 200, 503};
	for (int i = 0; i < 5; i++)
		assert_int_equal(status_of(&client, i), status[i]);
	assert_has(client.answers[1].data, "\r\nRetry-After: 1\r\n");
	client_free(&client);
}

static void test_refusals(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{"POST", CHAT, "{" QUESTION ",\"n\":2}"},
		{"POST", CHAT, "{" QUESTION ",\"max_tokens\":\"many\"}"},
		{"POST", CHAT, "{" QUESTION ",\"stop\":5}"},
		{"POST", CHAT, "[]"},
		{"POST", CHAT, "{\"messages\":7}"},
		{"POST", "/v1/completions", "{\"prompt\":[\"a\",\"b\"]}"},
		{"POST", "/v1/embeddings", "{\"input\":[1]}"},
		{"POST", CHAT, "{" QUESTION ",\"stream\":\"yes\"}"},
	};
	static const char *const kinds[] = {"any", "llamacpp", "ollama", "vllm", "openai"};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct client client;
		char settings[64];
		snprintf(settings, sizeof settings, "kind=%s@ttft=1ms@tpot=1ms", kinds[i]);
		client_run(&client, settings, ask_each, (void *)questions);
		for (int j = 0; j < 8; j++) {
			bool ollama =
				strcmp(kinds[i], "ollama") == 0; /* asks for the model first */
			int status = status_of(&client, j);
			assert_true(status == 400 || (ollama && status == 404));
			assert_has(body_of(&client, j), "\"error\":");
		}
		client_free(&client);
	}
}

#define TOOLS                                                                                      \
	"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"parameters\":" \
	"{"                                                                                        \
	"\"properties\":{\"city\":{\"enum\":[\"Oslo\"]},\"days\":{\"type\":\"integer\"}}}}}]"

static void test_tools(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{"POST", CHAT, "{" QUESTION "," TOOLS "}"},
		{"POST", CHAT, "{" QUESTION "," TOOLS ",\"tool_choice\":\"required\"}"},
		{"POST", CHAT,
			"{\"messages\":[{\"role\":\"user\",\"content\":\"use get_weather\"}]," TOOLS
			"}"},
		{"POST", CHAT,
			"{\"messages\":[{\"role\":\"user\",\"content\":\"use get_weather\"}]," TOOLS
			",\"tool_choice\":\"none\"}"},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"messages\":[{\"role\":\"user\",\"content\":"
			"\"use get_weather\"}]," TOOLS "}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "ttft=1ms@tpot=0ms@output_tokens=4", ask_each, (void *)questions);
	static const bool calls[] = {false, true, true, false};
	for (int i = 0; i < 4; i++) {
		const char *body = body_of(&client, i);
		assert_int_equal(strstr(body, "\"tool_calls\":[{") != NULL, calls[i]);
		if (calls[i])
			assert_has(body,
				"\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\",\\\"days\\\":1}\"");
	}
	assert_has(client.answers[4].data,
		"\"function\":{\"index\":0,\"name\":\"get_weather\",\"arguments\":"
		"{\"city\":\"Oslo\",\"days\":1}}");
	client_free(&client);
}

static int send_request(struct client *client, const char *path, const char *body)
{
	int fd = client_connect(client);
	struct buffer request;
	buffer_init(&request, BUFFER_UNLIMITED);
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
	static const char body[] = "{" QUESTION ",\"stream\":true}";
	int first = send_request(client, CHAT, body);
	client_read_until(first, &client->answers[0], "\n\n\r\n");
	int second = send_request(client, CHAT, body);
	client_read(second, &client->answers[1], 300);
	buffer_byte(&client->answers[2], is_silent(second) ? 's' : 'n');
	client_ask(client, "GET", "/metrics", "", &client->answers[3]);
	close(first); /* its slot is free at once */
	client_read_until(second, &client->answers[4], "\n\n\r\n");
	close(second);
}

static void test_queue_as_llamacpp(void **state)
{
	(void)state;
	struct client client;
	client_run(&client, "kind=llamacpp@slots=1@ttft=1ms@tpot=60s", queue_behind_another, NULL);
	/* Not a byte until a slot is free, then head and first token. */
	assert_int_equal(client.answers[1].size, 0);
	assert_has(client.answers[3].data, "llamacpp:requests_processing 1\n");
	assert_has(client.answers[3].data, "llamacpp:requests_deferred 1\n");
	assert_has(client.answers[4].data, "HTTP/1.1 200 OK");
	assert_has(client.answers[4].data, "\"content\":\"");
	client_free(&client);
}

static void test_queue_as_vllm(void **state)
{
	(void)state;
	struct client client;
	client_run(&client, "kind=vllm@slots=1@ttft=1ms@tpot=60s", queue_behind_another, NULL);
	/* The head at once, the role only when the prompt was read. */
	assert_has(client.answers[1].data, "HTTP/1.1 200 OK");
	assert_null(strstr(client.answers[1].data, "assistant"));
	assert_int_equal(client.answers[2].data[0], 's');
	assert_has(client.answers[4].data, "\"role\":\"assistant\"");
	client_free(&client);
}

/* llama-server does not notice when the client of a plain request leaves. */
static void leave_a_plain_request(struct client *client)
{
	int fd = send_request(client, CHAT, "{" QUESTION "}");
	for (int i = 0; i < 200 && !strstr(buffer_string(&client->answers[0]), "processing 1");
		i++) {
		buffer_clear(&client->answers[0]);
		client_ask(client, "GET", "/metrics", "", &client->answers[0]);
	}
	close(fd);
	for (int i = 0; i < 20; i++) {
		buffer_clear(&client->answers[1]);
		client_ask(client, "GET", "/metrics", "", &client->answers[1]);
	}
}

static void test_who_leaves_a_plain_request(void **state)
{
	(void)state;
	struct client client;
	client_run(&client, "kind=llamacpp@tpot=60s", leave_a_plain_request, NULL);
	assert_has(client.answers[0].data, "llamacpp:requests_processing 1\n");
	assert_has(client.answers[1].data, "llamacpp:requests_processing 1\n");
	client_free(&client);
}

static void keep_a_connection(struct client *client)
{
	const char *path = client->context;
	static const char body[] =
		"{\"model\":\"sim\"," QUESTION ",\"stream\":true,\"max_tokens\":2,"
		"\"options\":{\"num_predict\":2}}";
	struct buffer request;
	buffer_init(&request, BUFFER_UNLIMITED);
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
	(void)state;
	static const struct {
		const char *settings, *path;
		bool keeps;
	} rows[] = {
		{"kind=llamacpp@ttft=1ms@tpot=1ms", CHAT, false},
		{"kind=any@ttft=1ms@tpot=1ms", CHAT, true},
		{"kind=vllm@ttft=1ms@tpot=1ms", CHAT, true},
		{"kind=openai@ttft=1ms@tpot=1ms", CHAT, true},
		{"kind=ollama@ttft=1ms@tpot=1ms", "/api/chat", true},
		{"kind=ollama@ttft=1ms@tpot=1ms", CHAT, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client client;
		client_run(&client, rows[i].settings, keep_a_connection, (void *)rows[i].path);
		assert_has(client.answers[0].data, "\r\n0\r\n\r\n");
		assert_int_equal(client.answers[1].size > 0, rows[i].keeps);
		client_free(&client);
	}
}

static const char idle_request[] = "GET /v1/models HTTP/1.1\r\n\r\n";

static void wait_for_the_end(struct client *client)
{
	int fd = client_connect(client);
	client_send(fd, idle_request, sizeof idle_request - 1);
	client_read_until(fd, &client->answers[0], "]}]}");
	int64_t idle_since = clock_now_ns();
	client_read_until(fd, &client->answers[0], NULL);
	bool waited = clock_now_ns() - idle_since >= 4 * CLOCK_SECOND_NS;
	buffer_byte(&client->answers[1], waited ? 'y' : 'n');
	close(fd);
}

/* vLLM closes a connection that was idle for 5 seconds. */
static void test_idle_connection(void **state)
{
	(void)state;
	struct client client;
	client_run(&client, "kind=vllm", wait_for_the_end, NULL);
	assert_has(client.answers[0].data, "max_model_len");
	assert_string_equal(client.answers[1].data, "y");
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
	send_text(fd, "POST " CHAT " HTTP/1.1\r\nContent-Length: 10\r\n\r\n{");
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
	static const char body[] = "{" QUESTION ",\"max_tokens\":1,\"stream\":true}";
	char head[120];
	int fd = client_connect(client);
	snprintf(head, sizeof head, "POST " CHAT " HTTP/1.0\r\nContent-Length: %zu\r\n\r\n",
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
	(void)state;
	struct client client;
	client_run(&client, "ttft=1ms@tpot=1ms", be_a_nuisance, NULL);
	assert_has(client.answers[0].data, "0.24.0");
	assert_has(client.answers[1].data, "HTTP/1.1 400 Bad Request");
	assert_has(client.answers[1].data, "HTTP/1.1 413 ");
	assert_has(client.answers[2].data, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK");
	assert_has(client.answers[2].data, "{\"tokens\":[97]}");
	/* HTTP/1.0 knows no chunks: the end of the connection is the end. */
	assert_null(strstr(client.answers[3].data, "chunked"));
	assert_has(client.answers[3].data, "\r\n\r\ndata: {");
	assert_has(client.answers[4].data, "0.24.0");
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
		struct buffer answer;
		buffer_init(&answer, BUFFER_UNLIMITED);
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
	(void)state;
	struct client client;
	client_run(&client, "ttft=0ms@tpot=1ms@slots=50@prefill_tps=0", come_in_crowds, NULL);
	assert_int_equal(client.answers[0].size, CROWD);
	assert_has(client.answers[1].data, "llamacpp:tokens_predicted_total 900\n");
	assert_has(client.answers[1].data, "llamacpp:requests_processing 0\n");
	client_free(&client);
}

static void test_loading_and_unloading(void **state)
{
	(void)state;
	static const struct question questions[] = {
		{"GET", "/api/ps", ""},
		{"POST", "/api/generate", "{\"model\":\"sim\",\"keep_alive\":\"10m\"}"},
		{"GET", "/api/ps", ""},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"options\":{\"num_predict\":1}," QUESTION
			",\"keep_alive\":0}"},
		{"GET", "/api/ps", ""},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"options\":{\"num_predict\":1}," QUESTION "}"},
		{"POST", "/api/generate", "{\"model\":\"sim\",\"keep_alive\":0}"},
		{"GET", "/api/ps", ""},
	};
	struct client client;
	client_run(&client, "kind=ollama@load=30ms@ttft=1ms@tpot=1ms", ask_each, (void *)questions);
	assert_string_equal(body_of(&client, 0), "{\"models\":[]}");
	assert_has(body_of(&client, 1), "\"done_reason\":\"load\"");
	assert_has(body_of(&client, 2), "\"name\":\"sim:latest\"");
	assert_string_equal(body_of(&client, 4), "{\"models\":[]}");
	assert_true(number_after(body_of(&client, 5), "\"load_duration\":") >= 29000000);
	assert_has(body_of(&client, 6), "\"done_reason\":\"unload\"");
	assert_string_equal(body_of(&client, 7), "{\"models\":[]}");
	client_free(&client);
}

static void test_addresses(void **state)
{
	(void)state;
	struct sim_settings settings;
	struct error error = {0};
	struct loop *loop = loop_new(&error);
	sim_defaults(&settings);
	assert_null(sim_new(loop, &settings, "localhost", 0, &error));
	assert_int_equal(error.code, ERROR_USAGE);
	assert_null(sim_new(loop, &settings, "127.0.0.1", 70000, &error));
	struct sim *sim = sim_new(loop, &settings, "127.0.0.1", 0, &error);
	assert_non_null(sim);
	assert_null(sim_new(loop, &settings, "127.0.0.1", sim_port(sim), &error));
	assert_has(error.message, "choose another with --port");
	sim_free(sim);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_of_each_kind),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_ollama_counts),
		cmocka_unit_test(test_same_seed_same_words),
		cmocka_unit_test(test_failures_on_demand),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_queue_as_llamacpp),
		cmocka_unit_test(test_queue_as_vllm),
		cmocka_unit_test(test_who_leaves_a_plain_request),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_idle_connection),
		cmocka_unit_test(test_nuisance),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_loading_and_unloading),
		cmocka_unit_test(test_addresses),
	};
	return RUN(tests);
}
