/* Played answers over real sockets: the bytes, the order, the sends and the log. */
#include "sim_client.h"

#include "net/json.h"
#include "net/stamp.h"

#include <errno.h>

static char play_path[64], log_path[64];

static const char *write_play(const char *text)
{
	static char settings[200];
	snprintf(play_path, sizeof play_path, "/tmp/test_play.%d.txt", (int)getpid());
	snprintf(log_path, sizeof log_path, "/tmp/test_play.%d.log", (int)getpid());
	remove(log_path);
	FILE *file = fopen(play_path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	snprintf(settings, sizeof settings, "play=%s@log=%s", play_path, log_path);
	return settings;
}

static void remove_files(void)
{
	remove(play_path);
	remove(log_path);
}

static void ask_four(struct client *client)
{
	for (int i = 0; i < 4; i++)
		client_ask(client, "POST", "/v1/chat/completions", "{}", &client->answers[i]);
	client_ask(client, "GET", "/v1/models", "", &client->answers[4]);
	client_ask(client, "POST", "/other", "{}", &client->answers[5]);
	client_ask(client, "GET", "/api/version", "", &client->answers[6]);
	client_ask(client, "POST", "/api/show", "{\"model\":\"sim\"}", &client->answers[7]);
}

static void test_who_gets_what(void **state)
{
	struct client client;
	client_run(&client,
		write_play("request POST /v1/chat/completions\nframing length\n@0 \"one\" END\n"
			   "request POST /v1/chat/completions\nstatus 429\nheader Retry-After: 2\n"
			   "framing length\n@0 END\n"
			   "request POST /v1/chat/completions\nframing identity\n@0 \"last\" END\n"
			   "request\n@0 \"any\" END\n"
			   "default GET /v1/models {\"data\":[{\"id\":\"m\"}]}\n"),
		ask_four, NULL);
	const struct buffer *got = client.answers;
	assert_string_equal(got[0].data,
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 3\r\n"
		"Connection: close\r\n\r\none");
	assert_string_equal(got[1].data,
		"HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/event-stream\r\n"
		"Retry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	assert_string_equal(got[2].data, "HTTP/1.1 200 OK\r\nContent-Type: "
					 "text/event-stream\r\nConnection: close\r\n\r\nlast");
	/* The fourth takes the next unused one that matches, whatever its path. */
	assert_non_null(strstr(got[3].data, "\r\n\r\n3\r\nany\r\n0\r\n\r\n"));
	assert_non_null(strstr(got[4].data, "{\"data\":[{\"id\":\"m\"}]}"));
	/* The last one again, and the model answers what nobody scripted. */
	assert_non_null(strstr(got[5].data, "any"));
	assert_non_null(strstr(got[6].data, "{\"version\":\"0.24.0\"}"));
	assert_non_null(strstr(got[7].data, "model_info"));
	client_free(&client);
	remove_files();
}

static void read_in_pieces(struct client *client)
{
	int fd = client_connect(client);
	struct buffer request = BUFFER_EMPTY;
	client_write_request(&request, "POST", "/", "");
	client_send(fd, request.data, request.size);
	while (client_read(fd, &client->answers[0], 20000) > 0)
		buffer_byte(&client->answers[0], '|');
	buffer_free(&request);
	close(fd);
}

/* A late reader finds several sends in one read: what is judged is the bytes and their order. */
static void test_bytewise(void **state)
{
	struct client client;
	client_run(&client, write_play("request\nhead 1\nbytewise 20\n@40 \"a\\xE4b\" END\n"),
		read_in_pieces, NULL);
	struct buffer joined = BUFFER_EMPTY;
	for (size_t i = 0; i < client.answers[0].size; i++)
		if (client.answers[0].data[i] != '|')
			buffer_byte(&joined, client.answers[0].data[i]);
	const char *body = strstr(joined.data, "\r\n\r\n");
	assert_string_equal(body + 4, "1\r\na\r\n1\r\n\xE4\r\n1\r\nb\r\n0\r\n\r\n");
	buffer_free(&joined);
	client_free(&client);
	remove_files();
}

static double log_number(const char *line, const char *name)
{
	const char *at = strstr(line, name);
	assert_non_null(at);
	return strtod(at + strlen(name) + 2, NULL);
}

/* Two headers of one name. */
static void name_twice(struct client *client)
{
	static const char request[] = "POST / HTTP/1.1\r\nHost: sim\r\nX-Way: one\r\nX-Way: two\r\n"
				      "Content-Length: 0\r\nConnection: close\r\n\r\n";
	int fd = client_connect(client);
	client_send(fd, request, sizeof request - 1);
	client_read_until(fd, &client->answers[0], NULL);
	close(fd);
}

static void test_log(void **state)
{
	struct client client;
	client_run(&client, write_play("request\n@10 \"abc\"\n@30 \"d\"\n@30 END\n"), name_twice,
		NULL);
	FILE *file = fopen(log_path, "r");
	assert_non_null(file);
	char lines[8][600];
	int count = 0;
	while (count < 8 && fgets(lines[count], sizeof lines[count], file))
		count++;
	fclose(file);
	assert_int_equal(count, 4);
	for (int i = 0; i < count; i++) {
		struct json json = {0};
		assert_true(json_read(&json, lines[i], strlen(lines[i])));
		json_free(&json);
	}
	assert_non_null(strstr(lines[0], "\"method\":\"POST\",\"path\":\"/\",\"headers\":{"));
	assert_non_null(strstr(lines[0], "\"host\":\"sim\",\"x-way\":\"one, two\",\"content-"));
	static const double planned[] = {10, 30, 30};
	static const double bytes[] = {0, 6, 5};
	for (int i = 1; i < count; i++) {
		double plan = log_number(lines[i], "planned_ms");
		assert_true(plan > planned[i - 1] - 0.001 && plan < planned[i - 1] + 0.001);
		assert_true(log_number(lines[i], "sent_ms") >= plan);
		if (bytes[i - 1] > 0)
			assert_int_equal((int)log_number(lines[i], "bytes"), (int)bytes[i - 1]);
	}
	client_free(&client);
	remove_files();
}

static void stop_loop(void *loop, int fd, unsigned ready)
{
	loop_stop(loop);
}

/* The request waits for 40 ms before the server is given a core. */
static void test_a_server_that_wakes_late_says_by_how_much(void **state)
{
	struct sim_settings settings;
	struct error error;
	struct client client = {.port = 0};
	if (!stamp_self_test())
		skip();
	sim_defaults(&settings);
	assert_true(
		sim_set_all(&settings, write_play("request\nframing length\n@0 END\n"), &error));
	struct loop *loop = loop_new(&error);
	struct sim *sim = sim_new(loop, &settings, "127.0.0.1", 0, &error);
	client.port = sim_port(sim);
	int fd = client_connect(&client);
	client_send(fd, "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 38);
	usleep(40000);
	loop_watch(loop, fd, LOOP_READ, stop_loop, loop);
	loop_run(loop);
	loop_unwatch(loop, fd);
	close(fd);
	sim_free(sim);
	loop_free(loop);
	char line[600];
	FILE *file = fopen(log_path, "r");
	assert_non_null(fgets(line, sizeof line, file));
	assert_non_null(fgets(line, sizeof line, file));
	fclose(file);
	assert_true(log_number(line, "sent_ms") >= 40);
	remove_files();
}

struct ending {
	bool reset, whole;
};

static void see_the_end(struct client *client)
{
	struct ending *ending = client->context;
	int fd = client_connect(client);
	struct buffer request = BUFFER_EMPTY;
	client_write_request(&request, "POST", "/", "");
	client_send(fd, request.data, request.size);
	ssize_t size;
	do {
		errno = 0;
		size = client_read(fd, &client->answers[0], 20000);
	} while (size > 0);
	ending->reset = size < 0 && errno == ECONNRESET;
	ending->whole = size == 0;
	buffer_free(&request);
	close(fd);
}

static void test_endings(void **state)
{
	static const struct {
		const char *play, *body;
		bool reset;
	} rows[] = {
		{"request\n@5 \"ab\"\n@10 CLOSE\n", "2\r\nab\r\n", false},
		{"request\n@5 \"ab\"\n@60 RST\n", "2\r\nab\r\n", true},
		{"request\nframing raw\n@5 \"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: "
		 "chunked\\r\\n\\r\\n"
		 "40\\r\\nhello\"\n@10 CLOSE\n",
			"40\r\nhello", false},
		{"request\nframing identity\n@1 \"x\"*5 \"y\"\n@1 END\n", "xxxxxy", false},
		/* The kernel holds back what comes before the client's has answered. */
		{"request\nframing identity\nbytewise 0.6\n@1 \"a\"*20\n"
		 "bytewise 0.000001\n@+1 \"b\"*40\n@+0 RST\n",
			"aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client client;
		struct ending ending = {0};
		client_run(&client, write_play(rows[i].play), see_the_end, &ending);
		const char *body = strstr(buffer_string(&client.answers[0]), "\r\n\r\n");
		assert_non_null(body);
		assert_string_equal(body + 4, rows[i].body);
		assert_int_equal(ending.reset, rows[i].reset);
		assert_int_equal(ending.whole, !rows[i].reset);
		client_free(&client);
	}
	remove_files();
}

/* Two requests on one connection, the second sent before the first is answered. */
static void pipeline(struct client *client)
{
	static const char two[] =
		"POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
		"POST /b HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	int fd = client_connect(client);
	client_send(fd, two, sizeof two - 1);
	client_read_until(fd, &client->answers[0], NULL);
	close(fd);
}

static void test_one_after_the_other(void **state)
{
	struct client client;
	client_run(&client,
		write_play(
			"request POST /a\n@20 \"first\" END\nrequest POST /b\n@0 \"second\" END\n"),
		pipeline, NULL);
	const char *first = strstr(client.answers[0].data, "first\r\n0\r\n\r\nHTTP/1.1 200 OK");
	assert_non_null(first);
	assert_non_null(strstr(first, "second"));
	client_free(&client);
	remove_files();
}

static void leave_early(struct client *client)
{
	int fd = client_connect(client);
	struct buffer request = BUFFER_EMPTY;
	client_write_request(&request, "POST", "/", "");
	client_send(fd, request.data, request.size);
	for (int i = 0; i < 4; i++)
		client_read(fd, &client->answers[0], 20000);
	close(fd);
	buffer_free(&request);
	client_ask(client, "GET", "/api/version", "", &client->answers[1]);
}

static void test_silence_and_repeats(void **state)
{
	struct client client;
	client_run(&client, write_play("request\nevery 5 \":\\n\\n\"\n"), leave_early, NULL);
	assert_non_null(strstr(client.answers[0].data, "3\r\n:\n\n\r\n3\r\n:\n\n\r\n"));
	assert_non_null(strstr(client.answers[1].data, "version"));
	client_free(&client);
	remove_files();
}

static void test_files_that_are_not_there(void **state)
{
	struct sim_settings settings;
	struct error error = {0};
	struct loop *loop = loop_new(&error);
	sim_defaults(&settings);
	settings.play = "/dev/null/play.txt";
	assert_null(sim_new(loop, &settings, "127.0.0.1", 0, &error));
	assert_non_null(strstr(error.message, "/dev/null/play.txt"));
	settings.play = NULL;
	settings.log = "/dev/null/log";
	assert_null(sim_new(loop, &settings, "127.0.0.1", 0, &error));
	assert_non_null(strstr(error.message, "/dev/null/log"));
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_gets_what),
		cmocka_unit_test(test_bytewise),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_a_server_that_wakes_late_says_by_how_much),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_silence_and_repeats),
		cmocka_unit_test(test_files_that_are_not_there),
	};
	return RUN(tests);
}
