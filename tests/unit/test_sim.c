/* The simulated server as its clients see it: what they ask for is what they get. */
#include "sim_client.h"

#include "base/clock.h"
#include "sim/sim_tokens.h"

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
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":5}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION "}"},
		{"POST", CLIENT_CHAT,
			"{" CLIENT_QUESTION ",\"max_tokens\":30,\"ignore_eos\":true}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":30,\"min_tokens\":20}"},
		{"POST", CLIENT_CHAT,
			"{" CLIENT_QUESTION ",\"temperature\":0,\"stop\":[\" blue\"]}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":0}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"temperature\":0,\"stop\":\" blue\"}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "kind=llamacpp@ttft=1ms@tpot=1ms@output_tokens=8", ask_each,
		(void *)questions);
	static const int made[] = {5, 8, 30, 20, 4, 1, 4};
	static const char *const reasons[] = {
		"length", "stop", "length", "stop", "stop", "length", "stop"};
	for (int i = 0; i < 7; i++) {
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
		client_has(body, reason);
	}
	client_has(body_of(&client, 4), "\"content\":\"The sky looks\"");
	client_has(body_of(&client, 6), "\"content\":\"The sky looks\"");
	client_free(&client);
}

/* Each token is the moment of its sending, on the clock that every process here shares. */
static void test_stamps(void **state)
{
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":3}"},
		{NULL, NULL, NULL}};
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

/* 0.24 and those after 0.30.0 count the whole prompt, 0.30.0 what it evaluated. */
static void test_ollama_counts(void **state)
{
	static const struct question questions[] = {
		{"POST", "/api/chat", "{\"model\":\"sim\"," CLIENT_QUESTION ",\"stream\":false}"},
		{"POST", "/api/chat",
			"{\"model\":\"sim:latest\"," CLIENT_QUESTION ",\"stream\":false}"},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"options\":{\"num_predict\":30}," CLIENT_QUESTION "}"},
		{NULL, NULL, NULL},
	};
	static const char *const settings[] = {"kind=ollama@ttft=2ms@tpot=1ms",
		"kind=ollama@ttft=2ms@tpot=1ms@version=0.30.0",
		"kind=ollama@ttft=2ms@tpot=1ms@version=0.30.4"};
	for (int newer = 0; newer < 3; newer++) {
		struct client client;
		int64_t before_ns = clock_now_ns();
		client_run(&client, settings[newer], ask_each, (void *)questions);
		int64_t after_ns = clock_now_ns();
		for (int i = 0; i < 3; i++) {
			const char *body = body_of(&client, i);
			long long total = number_after(body, "\"total_duration\":");
			long long load = number_after(body, "\"load_duration\":");
			long long prompt = number_after(body, "\"prompt_eval_duration\":");
			long long decode = number_after(body, "\"eval_duration\":");
			assert_int_equal(number_after(body, "\"prompt_eval_count\":"),
				newer == 1 && i ? 1 : 15);
			assert_int_equal(number_after(body, "\"eval_count\":"), i == 2 ? 30 : 64);
			assert_true(load > 0 && prompt >= 2000000 && decode > 0);
			assert_true(total >= prompt + decode && total <= after_ns - before_ns);
			assert_int_equal(prompt % 1000, newer ? 0 : prompt % 1000);
		}
		client_free(&client);
	}
}

/* From 0.33.3 on, of nothing, too. */
static void test_ollama_says_what_was_cached(void **state)
{
	static const struct question questions[] = {
		{"POST", "/api/chat", "{\"model\":\"sim\"," CLIENT_QUESTION ",\"stream\":false}"},
		{"POST", "/api/chat", "{\"model\":\"sim\"," CLIENT_QUESTION "}"},
		{"POST", "/v1/chat/completions",
			"{\"model\":\"sim\"," CLIENT_QUESTION ",\"stream\":false}"},
		{NULL, NULL, NULL},
	};
	static const char *const fields[] = {
		"\"prompt_eval_count\":15,\"prompt_eval_cached_count\":0,",
		"\"prompt_eval_count\":15,\"prompt_eval_cached_count\":14,",
		"\"prompt_tokens\":15,\"prompt_tokens_details\":{\"cached_tokens\":14},"};
	static const char *const versions[] = {"0.33.2", "0.33.3", "0.34.0", "1.0.0"};
	for (int newer = 0; newer < 4; newer++) {
		struct client client;
		char settings[80];
		snprintf(settings, sizeof settings, "kind=ollama@ttft=1ms@tpot=0ms@version=%s",
			versions[newer]);
		client_run(&client, settings, ask_each, (void *)questions);
		for (int i = 0; i < 3; i++)
			assert_int_equal(strstr(body_of(&client, i), fields[i]) != NULL, newer > 0);
		client_free(&client);
	}
}

static void test_same_seed_same_words(void **state)
{
	static const struct question questions[] = {
		{"POST", "/v1/completions", "{\"prompt\":\"sky\",\"seed\":7,\"max_tokens\":20}"},
		{"POST", "/v1/completions", "{\"prompt\":\"sky\",\"seed\":7,\"max_tokens\":20}"},
		{"POST", "/v1/completions", "{\"prompt\":\"sky\",\"seed\":8,\"max_tokens\":20}"},
		{"POST", "/v1/completions",
			"{\"prompt\":\"sky\",\"temperature\":0,\"max_tokens\":20}"},
		{"POST", "/v1/completions",
			"{\"prompt\":\"sky\",\"temperature\":0,\"seed\":9,\"max_tokens\":20}"},
		{"POST", "/v1/completions", "{\"prompt\":\"sky\",\"max_tokens\":20}"},
		{"POST", "/v1/completions", "{\"prompt\":\"sky\",\"max_tokens\":20}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "ttft=1ms@tpot=0ms", ask_each, (void *)questions);
	char words[7][400];
	for (int i = 0; i < 7; i++) {
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
	assert_string_not_equal(words[5], words[6]);
	client_free(&client);
}

/* The letters behind these words. */
static void take_id(char id[64], const char *text, const char *words)
{
	const char *at = strstr(text, words);
	if (at == NULL)
		fail_msg("no %s in:\n%s", words, text);
	else
		snprintf(
			id, 64, "%.*s", (int)strcspn(at + strlen(words), "\""), at + strlen(words));
}

/* Each answer has one of its own, of the form of its kind. */
static void test_ids(void **state)
{
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{\"model\":\"sim\"," CLIENT_QUESTION ",\"max_tokens\":1}"},
		{"POST", CLIENT_CHAT, "{\"model\":\"sim\"," CLIENT_QUESTION ",\"max_tokens\":1}"},
		{NULL, NULL, NULL},
	};
	static const struct {
		const char *kind;
		size_t letters, most;
		const char *alphabet;
	} rows[] = {
		{"llamacpp", 32, 32,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
		{"openai", 32, 32,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
		{"vllm", 16, 16, "0123456789abcdef"},
		{"ollama", 3, 3, "0123456789"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client client;
		char settings[64], ids[2][64];
		snprintf(settings, sizeof settings, "kind=%s@ttft=1ms", rows[i].kind);
		client_run(&client, settings, ask_each, (void *)questions);
		for (int j = 0; j < 2; j++) {
			take_id(ids[j], body_of(&client, j), "\"id\":\"chatcmpl-");
			assert_int_equal(strlen(ids[j]), rows[i].letters);
			assert_int_equal(strspn(ids[j], rows[i].alphabet), rows[i].letters);
		}
		assert_string_not_equal(ids[0], ids[1]);
		client_free(&client);
	}
}

/* What Ollama gives back to go on from: the tokens of prompt and answer. */
static void test_ollama_context(void **state)
{
	static const struct question questions[] = {
		{"POST", "/api/generate",
			"{\"model\":\"sim\",\"prompt\":\"a b\",\"stream\":false,"
			"\"options\":{\"num_predict\":2}}"},
		{"POST", "/api/generate",
			"{\"model\":\"sim\",\"prompt\":\"a b\",\"system\":\"c d e\","
			"\"stream\":false,\"options\":{\"num_predict\":2}}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "kind=ollama@ttft=1ms@tpot=0ms", ask_each, (void *)questions);
	char words[96];
	snprintf(words, sizeof words, ",%lld,%lld,", (long long)sim_tokens_id("a", 1),
		(long long)sim_tokens_id(" b", 2));
	client_has(body_of(&client, 0), words);
	long long asked = number_after(body_of(&client, 0), "\"prompt_eval_count\":"), count = 0;
	const char *at = strstr(body_of(&client, 0), "\"context\":[") + strlen("\"context\":");
	do {
		size_t digits = strspn(++at, "0123456789");
		assert_true(digits > 0);
		at += digits;
		count++;
	} while (*at == ',');
	assert_int_equal(*at, ']');
	assert_int_equal(count, asked + 2);
	static const char system[] = "<|im_start|>system\nc d e<|im_end|>\n";
	assert_int_equal(number_after(body_of(&client, 1), "\"prompt_eval_count\":") - asked,
		sim_tokens_count(system, sizeof system - 1));
	client_free(&client);
}

/* The same question as a text, as token numbers, as a list of one text; as a content, as its parts.
 */
static void test_spellings_of_a_question(void **state)
{
	char numbers[96];
	snprintf(numbers, sizeof numbers, "{\"prompt\":[%lld,%lld],\"max_tokens\":1}",
		(long long)sim_tokens_id("a", 1), (long long)sim_tokens_id(" b", 2));
	const struct question questions[] = {
		{"POST", "/v1/completions", "{\"prompt\":\"a b\",\"max_tokens\":1}"},
		{"POST", "/v1/completions", numbers},
		{"POST", "/v1/completions", "{\"prompt\":[\"a b\"],\"max_tokens\":1}"},
		{"POST", CLIENT_CHAT,
			"{\"messages\":[{\"role\":\"user\",\"content\":\"a "
			"b\"}],\"max_tokens\":1}"},
		{"POST", CLIENT_CHAT,
			"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
			"\"text\":"
			"\"a\"},{\"type\":\"text\",\"text\":\" b\"}]}],\"max_tokens\":1}"},
		{"POST", "/tokenize", "{\"content\":\"a b\",\"with_pieces\":true}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "kind=llamacpp@ttft=1ms@tpot=0ms", ask_each, (void *)questions);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(number_after(body_of(&client, i), "\"prompt_tokens\":"), 2);
		/* it is the very same prompt: the cache holds all but its last token */
		assert_int_equal(number_after(body_of(&client, i), "\"cache_n\":"), i > 0);
	}
	long long whole = number_after(body_of(&client, 3), "\"prompt_tokens\":");
	assert_int_equal(number_after(body_of(&client, 4), "\"prompt_tokens\":"), whole);
	assert_int_equal(number_after(body_of(&client, 4), "\"cache_n\":"), whole - 1);
	char words[96];
	snprintf(words, sizeof words,
		"{\"id\":%lld,\"piece\":\"a\"},{\"id\":%lld,\"piece\":\" b\"}",
		(long long)sim_tokens_id("a", 1), (long long)sim_tokens_id(" b", 2));
	client_has(body_of(&client, 5), words);
	client_free(&client);
}

static void test_vllm_metrics(void **state)
{
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":3}"},
		{"GET", "/metrics", ""},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "kind=vllm@name=tiny@ttft=1ms@tpot=0ms", ask_each, (void *)questions);
	static const char first[] =
		"# HELP vllm:num_requests_running Number of requests in model execution batches.\n"
		"# TYPE vllm:num_requests_running gauge\n"
		"vllm:num_requests_running{engine=\"0\",model_name=\"tiny\"} 0.0\n";
	assert_memory_equal(body_of(&client, 1), first, sizeof first - 1);
	client_has(body_of(&client, 1),
		"# TYPE vllm:generation_tokens_total counter\n"
		"vllm:generation_tokens_total{engine=\"0\",model_name=\"tiny\"} 3.0\n");
	client_free(&client);
}

/* A float of 32 bits, as short as it may be or as the double that it is. */
static void test_vectors(void **state)
{
	static const struct question questions[] = {
		{"POST", "/v1/embeddings", "{\"model\":\"sim\",\"input\":\"a\"}"},
		{NULL, NULL, NULL},
	};
	static const char *const kinds[] = {"openai", "ollama", "llamacpp", "vllm"};
	char first[64] = "";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct client client;
		char settings[64], number[64];
		snprintf(settings, sizeof settings, "kind=%s@ttft=1ms", kinds[i]);
		client_run(&client, settings, ask_each, (void *)questions);
		const char *at = strstr(body_of(&client, 0), "\"embedding\":[");
		assert_non_null(at);
		snprintf(number, sizeof number, "%.*s", (int)strcspn(at + 13, ","), at + 13);
		if (i == 0)
			snprintf(first, sizeof first, "%s", number);
		assert_true(strtof(number, NULL) == strtof(first, NULL));
		assert_true(i < 2 ? strlen(number) <= 13 : strlen(number) > 13);
		client_free(&client);
	}
}

static void test_failures_on_demand(void **state)
{
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":1}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":1}"},
		{"GET", "/v1/models", ""},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":1}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":1}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "kind=vllm@ttft=1ms@fail_every=2", ask_each, (void *)questions);
	static const int status[] = {200, 503, 200, 200, 503};
	for (int i = 0; i < 5; i++)
		assert_int_equal(status_of(&client, i), status[i]);
	client_has(client.answers[1].data, "\r\nRetry-After: 1\r\n");
	client_free(&client);
	static const char *const words[][2] = {
		{"openai",
			"\"error\":{\"message\":\"The server is currently overloaded. Please try "
			"again later.\",\"type\":\"server_error\""},
		{"ollama",
			"\"error\":{\"message\":\"server busy, please try again.  maximum pending "
			"requests exceeded\",\"type\":\"api_error\""},
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		char settings[64];
		snprintf(settings, sizeof settings, "kind=%s@ttft=1ms@fail_every=1", words[i][0]);
		client_run(&client, settings, ask_each, (void *)questions);
		client_has(client.answers[0].data, "HTTP/1.1 503 Service Unavailable\r\n");
		client_has(body_of(&client, 0), words[i][1]);
		client_free(&client);
	}
}

/* vLLM names the member that is wrong, and what it should be. */
static void test_what_vllm_refuses(void **state)
{
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":\"many\"}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"n\":2}"},
		{"POST", "/v1/embeddings", "{\"model\":\"sim\",\"input\":null}"},
		{"POST", CLIENT_CHAT, "{"},
		{NULL, NULL, NULL},
	};
	static const char *const words[] = {
		"Input should be a valid number",
		"this simulated server gives one answer a request: n must be 1",
		"Field required",
		"JSON decode error",
	};
	struct client client;
	client_run(&client, "kind=vllm@ttft=1ms@tpot=0ms", ask_each, (void *)questions);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(status_of(&client, i), 400);
		client_has(body_of(&client, i), words[i]);
	}
	client_free(&client);
}

static void test_refusals(void **state)
{
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"n\":2}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"max_tokens\":\"many\"}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"stop\":5}"},
		{"POST", CLIENT_CHAT, "[]"},
		{"POST", CLIENT_CHAT, "{\"messages\":7}"},
		{"POST", "/v1/completions", "{\"prompt\":[\"a\",\"b\"]}"},
		{"POST", "/v1/embeddings", "{\"input\":[1]}"},
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION ",\"stream\":\"yes\"}"},
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
			client_has(body_of(&client, j), "\"error\":");
		}
		client_free(&client);
	}
}

/* Of Ollama's two paths the older one takes no list, not even an empty one. */
static void test_texts_to_embed(void **state)
{
	static const struct question questions[] = {
		{"POST", "/api/embeddings", "{\"model\":\"sim\",\"prompt\":[]}"},
		{"POST", "/api/embeddings", "{\"model\":\"sim\",\"prompt\":[\"a\",\"b\"]}"},
		{"POST", "/api/embeddings", "{\"model\":\"sim\",\"prompt\":\"a\"}"},
		{"POST", "/api/embed", "{\"model\":\"sim\",\"input\":[]}"},
		{NULL, NULL, NULL},
	};
	static const struct {
		int status;
		const char *words;
	} answers[] = {{400, "of type string"}, {400, "of type string"},
		{200, "{\"embedding\":[-0."}, {200, "\"embeddings\":[]"}};
	struct client client;
	client_run(&client, "kind=ollama@ttft=1ms@tpot=0ms", ask_each, (void *)questions);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(status_of(&client, i), answers[i].status);
		client_has(body_of(&client, i), answers[i].words);
	}
	client_free(&client);
}

#define LONG_QUESTION                                                                              \
	"\"messages\":[{\"role\":\"user\",\"content\":\"Why is the sky blue by day, red in the "   \
	"evening "                                                                                 \
	"and never once green?\"}]"

/* A fault has the status and the words of the kind; ollama cuts a prompt that is too long. */
static void test_faults_of_each_kind(void **state)
{
	static const struct question questions[] = {
		{"GET", CLIENT_CHAT, ""},
		{"POST", CLIENT_CHAT, ""},
		{"POST", CLIENT_CHAT, "{\"model\":\"sim\"," LONG_QUESTION "}"},
		{"POST", CLIENT_CHAT, "{\"model\":\"other\"," CLIENT_QUESTION "}"},
		{NULL, NULL, NULL},
	};
	static const struct {
		const char *kind;
		struct {
			int status;
			const char *words;
		} faults[4];
	} rows[] = {
		{"llamacpp", {{404, "File Not Found"}, {400, "an empty input"},
				     {400, "(16 tokens), try increasing "
					   "it\",\"type\":\"exceed_context_size_error\""},
				     {200, "choices"}}},
		{"ollama", {{405, "405 method not allowed"}, {400, "missing request body"},
				   {200, "choices"}, {404, "model 'other' not found"}}},
		{"vllm", {{405, "Method Not Allowed"}, {400, "'loc': 'body'"},
				 {400, "maximum context length"}, {404, "The model `other`"}}},
		{"openai", {{405, "invalid_request_error"}, {400, "invalid_request_error"},
				   {400, "context_length_exceeded"}, {404, "model_not_found"}}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client client;
		char settings[64];
		snprintf(settings, sizeof settings,
			"kind=%s@ttft=1ms@tpot=0ms@output_tokens=1@context=16", rows[i].kind);
		client_run(&client, settings, ask_each, (void *)questions);
		for (int j = 0; j < 4; j++) {
			assert_int_equal(status_of(&client, j), rows[i].faults[j].status);
			client_has(body_of(&client, j), rows[i].faults[j].words);
		}
		client_free(&client);
	}
}

#define TOOLS                                                                                      \
	"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"parameters\":" \
	"{"                                                                                        \
	"\"properties\":{\"city\":{\"enum\":[\"Oslo\"]},\"days\":{\"type\":\"integer\"}}}}}]"

#define CALL TOOLS ",\"tool_choice\":\"required\""

static void test_tools(void **state)
{
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{" CLIENT_QUESTION "," TOOLS "}"},
		{"POST", CLIENT_CHAT,
			"{" CLIENT_QUESTION "," TOOLS ",\"tool_choice\":\"required\"}"},
		{"POST", CLIENT_CHAT,
			"{\"messages\":[{\"role\":\"user\",\"content\":\"use get_weather\"}]," TOOLS
			"}"},
		{"POST", CLIENT_CHAT,
			"{\"messages\":[{\"role\":\"user\",\"content\":\"use get_weather\"}]," TOOLS
			",\"tool_choice\":\"none\"}"},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"messages\":[{\"role\":\"user\",\"content\":"
			"\"use get_weather\"}]," TOOLS "}"},
		{"POST", CLIENT_CHAT,
			"{" CLIENT_QUESTION ",\"tool_choice\":\"required\",\"tools\":[{\"type\":"
			"\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"properties\":{"
			"\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"boolean\"},\"c\":{\"type\":"
			"\"array\"},\"d\":{\"type\":\"object\"},\"e\":{\"type\":\"number\"},\"f\":{"
			"}"
			"}}}}]}"},
		{NULL, NULL, NULL},
	};
	struct client client;
	client_run(&client, "ttft=1ms@tpot=0ms@output_tokens=4", ask_each, (void *)questions);
	static const bool calls[] = {false, true, true, false};
	for (int i = 0; i < 4; i++) {
		const char *body = body_of(&client, i);
		assert_int_equal(strstr(body, "\"tool_calls\":[{") != NULL, calls[i]);
		if (calls[i])
			client_has(body,
				"\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\",\\\"days\\\":1}\"");
	}
	client_has(body_of(&client, 5),
		"{\\\"a\\\":\\\"text\\\",\\\"b\\\":true,\\\"c\\\":[],\\\"d\\\":{},\\\"e\\\":1,"
		"\\\"f\\\":\\\"text\\\"}");
	client_has(client.answers[4].data,
		"\"function\":{\"index\":0,\"name\":\"get_weather\",\"arguments\":"
		"{\"city\":\"Oslo\",\"days\":1}}");
	client_free(&client);
}

/* Thoughts and calls stand where each kind has them, streamed and whole. */
static void test_thoughts_and_calls_of_each_kind(void **state)
{
	static const struct question questions[] = {
		{"POST", CLIENT_CHAT, "{\"model\":\"sim\"," CLIENT_QUESTION "," CALL "}"},
		{"POST", CLIENT_CHAT,
			"{\"model\":\"sim\",\"stream\":true," CLIENT_QUESTION "," CALL "}"},
		{"POST", "/api/chat", "{\"model\":\"sim\"," CLIENT_QUESTION "}"},
		{NULL, NULL, NULL},
	};
	static const char *const rows[][2] = {
		{"llamacpp", "\"reasoning_content\":\""},
		{"ollama", "\"reasoning\":\""},
		{"vllm", "\"reasoning\":\""},
		{"openai", "\"reasoning_content\":\""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client client;
		char settings[96];
		snprintf(settings, sizeof settings,
			"kind=%s@ttft=1ms@tpot=0ms@output_tokens=4@reasoning=2", rows[i][0]);
		client_run(&client, settings, ask_each, (void *)questions);
		for (int j = 0; j < 2; j++) {
			client_has(body_of(&client, j), rows[i][1]);
			client_has(body_of(&client, j), "\"name\":\"get_weather\"");
			client_has(body_of(&client, j), "\"finish_reason\":\"tool_calls\"");
		}
		if (strcmp(rows[i][0], "ollama") == 0)
			client_has(body_of(&client, 2), ",\"thinking\":\"");
		client_free(&client);
	}
}

static void test_loading_and_unloading(void **state)
{
	static const struct question questions[] = {
		{"GET", "/api/ps", ""},
		{"POST", "/api/generate", "{\"model\":\"sim\",\"keep_alive\":\"10m\"}"},
		{"GET", "/api/ps", ""},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"options\":{\"num_predict\":1}," CLIENT_QUESTION
			",\"keep_alive\":0}"},
		{"GET", "/api/ps", ""},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"options\":{\"num_predict\":1}," CLIENT_QUESTION "}"},
		{"POST", "/api/generate", "{\"model\":\"sim\",\"keep_alive\":0}"},
		{"GET", "/api/ps", ""},
	};
	struct client client;
	client_run(&client, "kind=ollama@load=30ms@ttft=1ms@tpot=1ms", ask_each, (void *)questions);
	assert_string_equal(body_of(&client, 0), "{\"models\":[]}");
	client_has(body_of(&client, 1), "\"done_reason\":\"load\"");
	client_has(body_of(&client, 2), "\"name\":\"sim:latest\"");
	assert_string_equal(body_of(&client, 4), "{\"models\":[]}");
	assert_true(number_after(body_of(&client, 5), "\"load_duration\":") >= 29000000);
	client_has(body_of(&client, 6), "\"done_reason\":\"unload\"");
	assert_string_equal(body_of(&client, 7), "{\"models\":[]}");
	client_free(&client);
	/* What is loaded already is not loaded again. */
	static const struct question loaded[] = {
		{"POST", "/api/generate", "{\"model\":\"sim\"}"},
		{"POST", "/api/chat",
			"{\"model\":\"sim\",\"stream\":false,\"options\":{\"num_predict\":1}"
			"," CLIENT_QUESTION "}"},
		{NULL, NULL, NULL},
	};
	client_run(&client, "kind=ollama@load=30ms@ttft=1ms@tpot=1ms", ask_each, (void *)loaded);
	assert_true(number_after(body_of(&client, 1), "\"load_duration\":") < 29000000);
	client_free(&client);
}

static void test_addresses(void **state)
{
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
	client_has(error.message, "choose another with --port");
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
		cmocka_unit_test(test_ollama_says_what_was_cached),
		cmocka_unit_test(test_same_seed_same_words),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_ollama_context),
		cmocka_unit_test(test_spellings_of_a_question),
		cmocka_unit_test(test_vllm_metrics),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_failures_on_demand),
		cmocka_unit_test(test_what_vllm_refuses),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_texts_to_embed),
		cmocka_unit_test(test_faults_of_each_kind),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_thoughts_and_calls_of_each_kind),
		cmocka_unit_test(test_loading_and_unloading),
		cmocka_unit_test(test_addresses),
	};
	return RUN(tests);
}
