/* What is sent, connections, and what cannot be reached. */
#include "peer.h"

#include "machine/facts.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <sys/resource.h>

static struct peer peer;
static struct client client;

static struct exchange *get(void)
{
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	return client_get(&client, &spec);
}

/* ---- what is sent ---- */

static void serve_kept(struct peer *server, int fd, int number)
{
	struct peer_request request;
	while (peer_listen(fd, &request)) {
		peer_remember(server, &request);
		peer_tell(fd, PEER_OK);
	}
}

static void test_the_request_says_what_was_asked_and_no_more(void **state)
{
	static const char *const headers[] = {
		"Content-Type: application/json", "Authorization: Bearer x", NULL};
	client_meet(&client, &peer, serve_kept);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	spec.method = "POST";
	spec.headers = headers;
	spec.body = "{\"a\":\0\"b\"}";
	spec.body_size = 10;
	struct exchange *exchange = client_get(&client, &spec);
	client_check_ok(exchange, "hello");
	assert_string_equal(exchange->http_version, "1.1");
	exchange_free(exchange);
	client_part(&client, &peer);
	struct peer_request last = peer_remembered(&peer);
	const char *text = last.text;
	assert_memory_equal(text, "POST /path HTTP/1.1\r\n", 21);
	assert_non_null(strcasestr(text, "\r\nAccept-Encoding: identity\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(text, "\r\nAuthorization: Bearer x\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Length: 10\r\n"));
	assert_null(strcasestr(text, "\r\nExpect:"));
	assert_null(strcasestr(text, "\r\nConnection:"));
	assert_memory_equal(text + last.head, spec.body, 10);
}

static void test_a_large_body_is_sent_whole_without_asking_first(void **state)
{
	size_t size = 3 << 20;
	char *body = memory_new(size);
	memset(body, 'x', size);
	client_meet(&client, &peer, serve_kept);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	spec.method = "POST";
	spec.body = body;
	spec.body_size = size;
	struct exchange *exchange = client_get(&client, &spec);
	client_check_ok(exchange, "hello");
	assert_true(exchange->t_sent > exchange->t_connected);
	assert_true(exchange->t_headers >= exchange->t_sent);
	exchange_free(exchange);
	client_part(&client, &peer);
	struct peer_request last = peer_remembered(&peer);
	assert_null(strcasestr(last.text, "\r\nExpect:"));
	assert_null(strcasestr(last.text, "\r\nContent-Type:"));
	free(body);
}

/* One after the other by the same handle of libcurl. */
static void test_methods_are_sent_as_given(void **state)
{
	static const struct {
		const char *method, *body;
	} asked[] = {{"GET", NULL}, {"DELETE", NULL}, {"HEAD", NULL}, {"PUT", "a"}, {"GET", NULL},
		{"POST", "bc"}, {"HEAD", NULL}, {"POST", NULL}, {"PUT", NULL}, {"GET", NULL}};
	client_meet(&client, &peer, serve_kept);
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
		const char *method = spec.method = asked[i].method;
		spec.body = asked[i].body;
		spec.body_size = spec.body ? strlen(spec.body) : 0;
		struct exchange *exchange = client_get(&client, &spec);
		client_check_ok(exchange, strcmp(method, "HEAD") == 0 ? "" : "hello");
		struct peer_request last = peer_remembered(&peer);
		char line[32];
		snprintf(line, sizeof line, "%s /path ", method);
		assert_memory_equal(last.text, line, strlen(line));
		snprintf(line, sizeof line, "Length: %zu\r\n", spec.body_size);
		bool sized = spec.body || strcmp(method, "POST") == 0;
		assert_int_equal(strstr(last.text, "Length:") != NULL, sized);
		assert_true(!sized || strstr(last.text, line));
		assert_null(strcasestr(last.text, "\r\nContent-Type:"));
		exchange_free(exchange);
	}
	client_part(&client, &peer);
}

/* ---- connections ---- */

static void test_a_connection_is_kept_and_found_again(void **state)
{
	client_meet(&client, &peer, serve_kept);
	for (int i = 0; i < 5; i++) {
		struct exchange *exchange = get();
		client_check_ok(exchange, "hello");
		assert_int_equal(exchange->t_connected == EXCHANGE_NONE, i > 0);
		assert_int_equal(exchange->t_dns == EXCHANGE_NONE, i > 0);
		assert_true(exchange->t_sent >= exchange->t_start);
		assert_true(exchange->t_headers >= exchange->t_sent);
		assert_true(exchange->t_end >= exchange->t_headers);
		assert_int_equal(exchange->flags & EXCHANGE_RECONNECTED, 0);
		exchange_free(exchange);
	}
	assert_int_equal(http_open_sockets(client.http), 1);
	client_part(&client, &peer);
	assert_int_equal(atomic_load(&peer.connections), 1);
}

static void serve_one_each(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (peer_listen(fd, &request))
		peer_tell(fd, PEER_OK);
}

static void test_a_connection_that_closed_meanwhile_is_not_used(void **state)
{
	client_meet(&client, &peer, serve_one_each);
	for (int i = 0; i < 3; i++) {
		struct exchange *exchange = get();
		client_check_ok(exchange, "hello");
		exchange_free(exchange);
		usleep(20000);
	}
	client_part(&client, &peer);
	assert_int_equal(atomic_load(&peer.connections), 3);
}

/* The first connection answers once, takes the second request and closes without a word. */
static void serve_dead(struct peer *server, int fd, int number)
{
	struct peer_request request;
	for (int i = 0; peer_listen(fd, &request); i++) {
		if (number == 0 && i == 1) {
			peer_pause(server, 20000000);
			return;
		}
		peer_tell(fd, PEER_OK);
	}
}

static void test_a_kept_connection_that_was_dead_is_tried_anew_and_said(void **state)
{
	client_meet(&client, &peer, serve_dead);
	exchange_free(get());
	struct exchange *exchange = get();
	client_check_ok(exchange, "hello");
	assert_int_equal(exchange->flags & EXCHANGE_RECONNECTED, EXCHANGE_RECONNECTED);
	assert_int_equal(exchange->attempts, 1);
	assert_true(exchange->t_connected >= exchange->t_start + 20000000);
	assert_true(exchange->t_sent >= exchange->t_connected);
	exchange_free(exchange);
	client_part(&client, &peer);
	assert_int_equal(atomic_load(&peer.connections), 2);
}

/* The first connection answers once and is reset at the second request; the next breaks off. */
static void serve_reset_and_cut(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (!peer_listen(fd, &request))
		return;
	peer_tell(fd, number == 0 ? PEER_OK : "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
	if (number > 0 || !peer_listen(fd, &request))
		return;
	peer_pause(server, 20000000);
	peer_reset(server, number);
}

static void test_how_the_first_connection_died_is_not_said_of_the_second(void **state)
{
	client_meet(&client, &peer, serve_reset_and_cut);
	exchange_free(get());
	struct exchange *exchange = get();
	client_part(&client, &peer);
	assert_int_equal(exchange->flags & EXCHANGE_RECONNECTED, EXCHANGE_RECONNECTED);
	assert_int_equal(exchange->end, END_CUT);
	assert_int_equal(exchange->outcome, OUTCOME_TRUNCATED);
	assert_true(exchange->error_message.size > 0);
	assert_null(strstr(exchange->error_message.data, "reset"));
	exchange_free(exchange);
}

/* Every connection answers once and dies at the second request. */
static void serve_dead_always(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (peer_listen(fd, &request) && peer_tell(fd, PEER_OK) && peer_listen(fd, &request))
		peer_pause(server, 1000000);
}

static void test_no_request_pays_for_what_was_sent_again_before(void **state)
{
	client_meet(&client, &peer, serve_dead_always);
	for (int i = 0; i < 9; i++) {
		struct exchange *exchange = get();
		client_check_ok(exchange, "hello");
		assert_int_equal(
			exchange->flags & EXCHANGE_RECONNECTED, i ? EXCHANGE_RECONNECTED : 0);
		exchange_free(exchange);
	}
	client_part(&client, &peer);
	assert_int_equal(atomic_load(&peer.connections), 9);
}

#define STALE "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale"

/* Says more than it was asked for, once the answer was taken. */
static void serve_with_more(struct peer *server, int fd, int number)
{
	struct peer_request request;
	while (peer_listen(fd, &request)) {
		peer_tell(fd, PEER_OK);
		peer_pause(server, 20000000);
		peer_tell(fd, STALE);
	}
}

static void test_what_waits_on_a_kept_connection_is_no_answer(void **state)
{
	client_meet(&client, &peer, serve_with_more);
	for (int i = 0; i < 3; i++) {
		struct exchange *exchange = get();
		client_check_ok(exchange, "hello");
		assert_int_equal(exchange->flags & EXCHANGE_RECONNECTED, 0);
		assert_true(exchange->t_connected != EXCHANGE_NONE);
		assert_true(exchange->t_headers >= exchange->t_sent);
		exchange_free(exchange);
		usleep(100000);
	}
	client_part(&client, &peer);
	assert_int_equal(atomic_load(&peer.connections), 3);
}

/* Each of the first two connections answers once and dies at the second request. */
static void serve_dead_twice(struct peer *server, int fd, int number)
{
	struct peer_request request;
	for (int i = 0; peer_listen(fd, &request); i++) {
		peer_pause(server, 20000000);
		if (number < 2 && i == 1)
			return;
		peer_tell(fd, PEER_OK);
	}
}

static void test_what_died_is_sent_again_by_a_new_connection(void **state)
{
	struct asked asked[2];
	client_meet(&client, &peer, serve_dead_twice);
	struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
	for (int i = 0; i < 2; i++)
		client_ask(&client, &asked[i], &spec);
	client_wait(&client);
	for (int i = 0; i < 2; i++) {
		client_check_ok(asked[i].exchange, "hello");
		exchange_free(asked[i].exchange);
	}
	struct exchange *exchange = get();
	client_check_ok(exchange, "hello");
	assert_int_equal(exchange->flags & EXCHANGE_RECONNECTED, EXCHANGE_RECONNECTED);
	exchange_free(exchange);
	client_part(&client, &peer);
	assert_int_equal(atomic_load(&peer.connections), 3);
}

/* ---- what cannot be reached ---- */

static void test_a_refused_connection_says_so_without_secrets(void **state)
{
	char url[128];
	struct peer closed;
	peer_open(&closed, serve_kept);
	peer_close(&closed);
	client_open(&client);
	snprintf(url, sizeof url, "http://user:hidden@127.0.0.1:%d/x?key=hidden", closed.port);
	struct http_spec spec = client_spec(url);
	struct exchange *exchange = client_get(&client, &spec);
	client_check_failed(exchange, "connect");
	const char *message = buffer_string(&exchange->error_message);
	assert_non_null(strstr(message, "Connection refused"));
	assert_non_null(strstr(message, "127.0.0.1"));
	assert_null(strstr(message, "hidden"));
	assert_null(strstr(message, "user"));
	assert_int_equal(exchange->t_sent, EXCHANGE_NONE);
	exchange_free(exchange);
	assert_int_equal(http_open_sockets(client.http), 0);
	client_close(&client);
}

static void serve_no_tls(struct peer *server, int fd, int number)
{
	char hello[64];
	if (recvfrom(fd, hello, sizeof hello, 0, NULL, NULL) > 0)
		peer_tell(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
}

static void test_a_server_without_tls_is_named_so(void **state)
{
	char url[64];
	client_meet(&client, &peer, serve_no_tls);
	snprintf(url, sizeof url, "https://127.0.0.1:%d/", peer.port);
	struct http_spec spec = client_spec(url);
	struct exchange *exchange = client_get(&client, &spec);
	client_check_failed(exchange, "tls");
	assert_non_null(strstr(buffer_string(&exchange->error_message), "has http, not https"));
	assert_int_equal(exchange->t_sent, EXCHANGE_NONE);
	exchange_free(exchange);
	client_part(&client, &peer);
}

static void test_other_schemes_and_no_urls_fail_in_words(void **state)
{
	static const struct {
		const char *url, *words; /* "": it depends on what libcurl was built with */
	} cases[] = {{"ftp://127.0.0.1/", ""}, {"file:///etc/passwd", ""}, {"http://", "no URL"},
		{"", "no URL"}, {"not a url", "no URL"}, {"http://h:99999/", "no URL"}};
	client_open(&client);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct http_spec spec = client_spec(cases[i].url);
		struct exchange *exchange = client_get(&client, &spec);
		client_check_failed(exchange, "transport");
		assert_non_null(strstr(buffer_string(&exchange->error_message), cases[i].words));
		exchange_free(exchange);
	}
	client_close(&client);
}

static void test_no_descriptor_left_is_our_own_limit(void **state)
{
	int held[512];
	size_t count = 0;
	struct rlimit limit, small;
	client_meet(&client, &peer, serve_kept);
	exchange_free(get()); /* libcurl has what it needs; the connection is of another host */
	struct http_spec spec = client_spec(client_url(&peer, "localhost"));
	getrlimit(RLIMIT_NOFILE, &limit);
	small = limit;
	small.rlim_cur = 100;
	setrlimit(RLIMIT_NOFILE, &small);
	while (count < 512 && (held[count] = dup(0)) >= 0)
		count++;
	struct exchange *exchange = client_get(&client, &spec);
	setrlimit(RLIMIT_NOFILE, &limit);
	while (count > 0)
		close(held[--count]);
	client_check_failed(exchange, "client_limit");
	assert_non_null(strstr(buffer_string(&exchange->error_message), "ulimit -Hn"));
	exchange_free(exchange);
	client_part(&client, &peer);
}

static int connect_fails_with, ipv6_fails_with; /* 0: it does not */

/* libcurl calls this one. */
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
	static int (*real)(int, __CONST_SOCKADDR_ARG, socklen_t);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "connect");
	bool ipv6 = address.__sockaddr__->sa_family == AF_INET6;
	int error = ipv6 ? ipv6_fails_with : connect_fails_with;
	if (error == 0)
		return real(fd, address, size);
	errno = error;
	return -1;
}

static void test_no_port_left_is_our_own_limit(void **state)
{
	client_meet(&client, &peer, serve_kept);
	connect_fails_with = EADDRNOTAVAIL;
	struct exchange *exchange = get();
	connect_fails_with = 0;
	client_check_failed(exchange, "client_limit");
	assert_non_null(strstr(buffer_string(&exchange->error_message), "ip_local_port_range"));
	exchange_free(exchange);
	client_part(&client, &peer);
}

/* A machine without IPv6 says of ::1 that it has no such address. */
static void test_an_address_without_a_road_hides_no_other_reason(void **state)
{
	static const struct {
		int ipv4, ipv6;
		const char *kind, *words;
	} rows[] = {
		{ECONNREFUSED, EADDRNOTAVAIL, "connect", ": Connection refused"},
		{ECONNREFUSED, ENETUNREACH, "connect", ": Connection refused"},
		{ENETUNREACH, ECONNREFUSED, "connect", ": Connection refused"},
		{ECONNREFUSED, EHOSTUNREACH, "connect", ": No route to host"},
		{ENETUNREACH, ENETUNREACH, "connect", ": Network is unreachable"},
		{EADDRNOTAVAIL, ECONNREFUSED, "client_limit", "ip_local_port_range"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		client_meet(&client, &peer, serve_kept);
		connect_fails_with = rows[i].ipv4;
		ipv6_fails_with = rows[i].ipv6;
		struct http_spec spec = client_spec(client_url(&peer, "localhost"));
		struct exchange *exchange = client_get(&client, &spec);
		connect_fails_with = ipv6_fails_with = 0;
		client_check_failed(exchange, rows[i].kind);
		assert_non_null(strstr(buffer_string(&exchange->error_message), rows[i].words));
		exchange_free(exchange);
		client_part(&client, &peer);
	}
}

/* ---- many at once ---- */

#define MANY 200

static void test_many_at_once_each_on_a_connection_of_its_own(void **state)
{
	struct asked *asked = memory_new(MANY * sizeof *asked);
	client_meet(&client, &peer, serve_kept);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++) {
			struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
			spec.lane = i;
			client_ask(&client, &asked[i], &spec);
		}
		client_wait(&client);
		for (int i = 0; i < MANY; i++) {
			assert_int_equal(asked[i].ended, 1);
			client_check_ok(asked[i].exchange, "hello");
			exchange_free(asked[i].exchange);
		}
	}
	client_check_empty(&client);
	assert_true(http_open_sockets(client.http) <= MANY);
	client_part(&client, &peer);
	assert_true(atomic_load(&peer.connections) <= MANY);
	free(asked);
}

static void test_one_lane_may_hold_more_than_a_multi(void **state)
{
	struct asked *asked = memory_new(MANY * sizeof *asked);
	client_meet(&client, &peer, serve_kept);
	for (int i = 0; i < MANY; i++) {
		struct http_spec spec = client_spec(client_url(&peer, "127.0.0.1"));
		client_ask(&client, &asked[i], &spec);
	}
	client_wait(&client);
	for (int i = 0; i < MANY; i++) {
		client_check_ok(asked[i].exchange, "hello");
		exchange_free(asked[i].exchange);
	}
	client_part(&client, &peer);
	free(asked);
}

static size_t open_descriptors(void)
{
	size_t count = 0;
	DIR *folder = opendir("/proc/self/fd");
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void test_nothing_is_left_open(void **state)
{
	peer_open(&peer, serve_kept);
	size_t before = open_descriptors();
	client_open(&client);
	exchange_free(get());
	client_part(&client, &peer);
	assert_true(open_descriptors() <= before);
}

int main(void)
{
	facts_raise_descriptors();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_request_says_what_was_asked_and_no_more),
		cmocka_unit_test(test_a_large_body_is_sent_whole_without_asking_first),
		cmocka_unit_test(test_methods_are_sent_as_given),
		cmocka_unit_test(test_a_connection_is_kept_and_found_again),
		cmocka_unit_test(test_a_connection_that_closed_meanwhile_is_not_used),
		cmocka_unit_test(test_what_waits_on_a_kept_connection_is_no_answer),
		cmocka_unit_test(test_a_kept_connection_that_was_dead_is_tried_anew_and_said),
		cmocka_unit_test(test_how_the_first_connection_died_is_not_said_of_the_second),
		cmocka_unit_test(test_no_request_pays_for_what_was_sent_again_before),
		cmocka_unit_test(test_what_died_is_sent_again_by_a_new_connection),
		cmocka_unit_test(test_a_refused_connection_says_so_without_secrets),
		cmocka_unit_test(test_a_server_without_tls_is_named_so),
		cmocka_unit_test(test_other_schemes_and_no_urls_fail_in_words),
		cmocka_unit_test(test_no_descriptor_left_is_our_own_limit),
		cmocka_unit_test(test_no_port_left_is_our_own_limit),
		cmocka_unit_test(test_an_address_without_a_road_hides_no_other_reason),
		cmocka_unit_test(test_many_at_once_each_on_a_connection_of_its_own),
		cmocka_unit_test(test_one_lane_may_hold_more_than_a_multi),
		cmocka_unit_test(test_nothing_is_left_open),
	};
	return RUN(tests);
}
