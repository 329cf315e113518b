/* Names, the roads that localhost can take, and the proxies of the environment. */
#include "peer.h"

#include <dlfcn.h>
#include <netdb.h>

static struct peer peer;
static struct client client;

/* How often this name is looked up, by us and by libcurl. */
static char watched[256];
static atomic_int lookups;
/* Those of it wait for this. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

typedef int resolve(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* A machine's own name, as nss-myhostname and mDNS give it: a link-local address before another. */
#define OWN_NAME "own.invalid"

static int give_own(resolve *real, const struct addrinfo *hints, struct addrinfo **found)
{
	int code = real("fe80::99%lo", NULL, hints, found);
	return code != 0 ? code : real("127.0.0.1", NULL, hints, &(*found)->ai_next);
}

int getaddrinfo(const char *restrict name, const char *restrict service,
	const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
	resolve *real;
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (name != NULL && strcmp(name, OWN_NAME) == 0)
		return give_own(real, hints, found);
	if (name != NULL && strcmp(name, watched) == 0) {
		atomic_fetch_add(&lookups, 1);
		pthread_mutex_lock(&gate);
		pthread_mutex_unlock(&gate);
	}
	return real(name, service, hints, found);
}

static void serve(struct peer *server, int fd, int number)
{
	struct peer_request request;
	while (peer_listen(fd, &request)) {
		peer_remember(server, &request);
		peer_tell(fd, PEER_OK);
	}
}

static struct exchange *get(const char *url)
{
	struct http_spec spec = client_spec(url);
	return client_get(&client, &spec);
}

static void check_ok(struct exchange *exchange, const char *address)
{
	char expected[64];
	snprintf(expected, sizeof expected, "%s:%d", address, peer.port);
	assert_string_equal(buffer_string(&exchange->error_message), "");
	assert_int_equal(exchange->outcome, OUTCOME_OK);
	assert_string_equal(exchange->address, expected);
	assert_true(exchange->here);
	exchange_free(exchange);
}

/* ---- localhost ---- */

static void test_localhost_finds_a_server_on_either_address(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		if (!peer_open_on(&peer, ipv6, serve)) {
			print_message("no ::1 here: half of this test is skipped\n");
			continue;
		}
		client_open(&client);
		check_ok(get(client_url(&peer, "localhost")), ipv6 ? "[::1]" : "127.0.0.1");
		check_ok(get(client_url(&peer, "LOCALHOST")), ipv6 ? "[::1]" : "127.0.0.1");
		client_part(&client, &peer);
	}
}

static void serve_once(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (peer_listen(fd, &request))
		peer_tell(fd, PEER_OK);
}

/* Two servers of one name in turns, and one of them twice in a row, each time by a new
 * connection. */
static void test_a_name_stays_pinned_for_the_connections_to_come(void **state)
{
	static const int asked[] = {0, 1, 0, 0, 1, 1};
	struct peer other;
	peer_open(&peer, serve_once);
	peer_open(&other, serve_once);
	client_open(&client);
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		struct exchange *exchange = get(client_url(asked[i] ? &other : &peer, "localhost"));
		char expected[64];
		snprintf(expected, sizeof expected, "127.0.0.1:%d",
			asked[i] ? other.port : peer.port);
		client_check_ok(exchange, "hello");
		assert_string_equal(exchange->address, expected);
		exchange_free(exchange);
		usleep(20000);
	}
	client_part(&client, &peer);
	peer_close(&other);
	assert_int_equal(atomic_load(&peer.connections), 3);
	assert_int_equal(atomic_load(&other.connections), 3);
}

static void test_an_address_in_brackets_is_one(void **state)
{
	if (!peer_open_on(&peer, true, serve))
		skip();
	client_open(&client);
	check_ok(get(client_url(&peer, "[::1]")), "[::1]");
	client_part(&client, &peer);
}

/* ---- proxies ---- */

static const char *const proxy_names[] = {
	"http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"};

static void test_proxies_of_the_environment_are_not_used(void **state)
{
	for (size_t i = 0; i < 5; i++)
		setenv(proxy_names[i], "http://127.0.0.1:9", 1);
	client_meet(&client, &peer, serve);
	check_ok(get(client_url(&peer, "127.0.0.1")), "127.0.0.1");
	check_ok(get(client_url(&peer, "localhost")), "127.0.0.1");
	client_part(&client, &peer);
	for (size_t i = 0; i < 5; i++)
		unsetenv(proxy_names[i]);
}

#define OLDER_TCP_INFO 224 /* bytes, before Linux 5.4 */

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict size)
{
	static int (*real)(int, int, int, void *restrict, socklen_t *restrict);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "getsockopt");
	if (level == IPPROTO_TCP && name == TCP_INFO && *size > OLDER_TCP_INFO)
		*size = OLDER_TCP_INFO;
	return real(fd, level, name, value, size);
}

static void test_a_proxy_that_was_given_is_used(void **state)
{
	char proxy[64];
	setenv("no_proxy", "*", 1);
	client_meet(&client, &peer, serve);
	struct http_spec spec = client_spec("http://192.0.2.1:81/there");
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", peer.port);
	spec.proxy = proxy;
	struct exchange *exchange = client_get(&client, &spec);
	assert_false(exchange->here); /* where the server is, the proxy knows */
	client_check_ok(exchange, "hello");
	assert_string_equal(exchange->address, proxy + strlen("http://"));
	assert_true(exchange->round_trip > 0);
	exchange_free(exchange);
	client_part(&client, &peer);
	unsetenv("no_proxy");
	struct peer_request last = peer_remembered(&peer);
	assert_memory_equal(last.text, "GET http://192.0.2.1:81/there ", 30);
}

static void refuse_tunnel(struct peer *server, int fd, int number)
{
	struct peer_request request;
	if (peer_listen(fd, &request))
		peer_tell(fd, "HTTP/1.1 407 Proxy Authentication Required\r\n"
			      "Content-Length: 2\r\n\r\nno");
	peer_remember(server, &request);
}

static void test_a_proxy_that_opens_no_tunnel_is_named(void **state)
{
	char proxy[64], words[256];
	client_meet(&client, &peer, refuse_tunnel);
	struct http_spec spec = client_spec("https://nowhere.invalid/there");
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", peer.port);
	spec.proxy = proxy;
	struct exchange *exchange = client_get(&client, &spec);
	snprintf(words, sizeof words,
		"the proxy %s/ opened no tunnel to https://nowhere.invalid/there: it answered "
		"HTTP 407 to CONNECT (it wants http://NAME:PASSWORD@HOST)",
		proxy);
	assert_string_equal(exchange->error_kind, "connect");
	assert_string_equal(buffer_string(&exchange->error_message), words);
	exchange_free(exchange);
	client_part(&client, &peer);
}

/* ---- lookups ---- */

struct answer {
	char addresses[256], error[256];
	int64_t took_ns;
	int count;
	bool stop;
};

static void answered(void *context, const char *addresses, int64_t took_ns, const char *error)
{
	struct answer *answer = context;
	answer->count++;
	snprintf(answer->addresses, sizeof answer->addresses, "%s", addresses ? addresses : "");
	snprintf(answer->error, sizeof answer->error, "%s", error ? error : "");
	answer->took_ns = took_ns;
	if (answer->stop)
		loop_stop(client.loop);
}

static void look_up(struct answer *answer, const char *host)
{
	*answer = (struct answer){.stop = true};
	http_resolve(client.http, host, 80, answered, answer);
	assert_int_equal(answer->count, 0);
	loop_run(client.loop);
	assert_int_equal(answer->count, 1);
}

static void test_literal_names_need_no_lookup(void **state)
{
	static const char *const names[][2] = {{"localhost", "127.0.0.1,::1"},
		{"a.LocalHost", "127.0.0.1,::1"}, {"127.0.0.1", "127.0.0.1"}, {"::1", "::1"},
		{"192.0.2.7", "192.0.2.7"}};
	struct answer answer;
	client_open(&client);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		look_up(&answer, names[i][0]);
		assert_string_equal(answer.addresses, names[i][1]);
		assert_string_equal(answer.error, "");
		assert_int_equal(answer.took_ns, 0);
	}
	client_close(&client);
}

/* Of the top-level domain that never exists (RFC 2606). */
#define NOWHERE "no-such-host.invalid"

static void test_a_name_that_is_not_there_fails_each_time(void **state)
{
	struct answer answer;
	client_open(&client);
	for (int i = 0; i < 2; i++) {
		look_up(&answer, NOWHERE);
		assert_string_equal(answer.addresses, "");
		assert_true(strlen(answer.error) > 0);
		assert_true(answer.took_ns > 0);
	}
	struct exchange *exchange = get("http://" NOWHERE "/");
	assert_int_equal(exchange->outcome, OUTCOME_FAILED);
	assert_string_equal(exchange->error_kind, "dns");
	assert_non_null(strstr(buffer_string(&exchange->error_message), NOWHERE));
	assert_true(exchange->t_start > 0);
	exchange_free(exchange);
	client_close(&client);
}

static void test_a_name_of_other_letters_is_looked_up_by_its_ascii(void **state)
{
	(void)state;
	struct answer answer;
	snprintf(watched, sizeof watched, "xn--bcher-kva.invalid");
	int before = atomic_load(&lookups);
	client_open(&client);
	look_up(&answer, "b\u00fccher.invalid");
	exchange_free(get("http://b\u00fccher.invalid/"));
	client_close(&client);
	assert_int_equal(atomic_load(&lookups), before + 2); /* what failed is asked again */
	assert_true(*answer.error);
}

static void test_a_name_may_have_addresses_of_one_interface(void **state)
{
	struct answer answer;
	client_meet(&client, &peer, serve);
	look_up(&answer, OWN_NAME);
	assert_string_equal(answer.addresses, "fe80::99%lo,127.0.0.1");
	check_ok(get(client_url(&peer, OWN_NAME)), "127.0.0.1");
	client_part(&client, &peer);
}

/* The machine's own name, which some machines cannot look up. */
static void test_a_name_is_looked_up_once_and_pinned(void **state)
{
	char url[512];
	struct answer first, second;
	gethostname(watched, sizeof watched - 1);
	client_open(&client);
	look_up(&first, watched);
	if (*first.error || *first.addresses == '\0') {
		client_close(&client);
		skip();
	}
	look_up(&second, watched);
	assert_string_equal(first.addresses, second.addresses);
	assert_int_equal(first.took_ns, second.took_ns);
	assert_int_equal(atomic_load(&lookups), 1);
	peer_open(&peer, serve);
	snprintf(url, sizeof url, "http://%s:%d/", watched, peer.port);
	struct exchange *exchange = get(url);
	assert_true(
		exchange->outcome == OUTCOME_OK || strcmp(exchange->error_kind, "connect") == 0);
	assert_int_equal(atomic_load(&lookups), 2); /* of that port */
	exchange_free(exchange);
	client_part(&client, &peer);
}

static void test_many_may_wait_for_one_name(void **state)
{
	struct answer answers[20] = {{.count = 0}};
	client_open(&client);
	answers[19].stop = true;
	for (int i = 0; i < 20; i++)
		http_resolve(client.http, NOWHERE, 80, answered, &answers[i]);
	loop_run(client.loop);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(answers[i].count, 1);
		assert_true(*answers[i].error);
	}
	client_close(&client);
}

/* ---- the end in the middle of a lookup ---- */

static void test_a_request_can_be_ended_while_its_name_is_looked_up(void **state)
{
	struct asked asked[2];
	client_open(&client);
	struct http_spec spec = client_spec("http://" NOWHERE "/");
	for (int i = 0; i < 2; i++)
		client_ask(&client, &asked[i], &spec);
	http_end(asked[0].request, OUTCOME_CANCELLED, "", NULL);
	assert_int_equal(asked[0].ended, 0);
	client_wait(&client);
	assert_int_equal(asked[0].ended, 1);
	assert_int_equal(asked[0].exchange->outcome, OUTCOME_CANCELLED);
	assert_int_equal(asked[1].ended, 1);
	assert_string_equal(asked[1].exchange->error_kind, "dns");
	for (int i = 0; i < 2; i++)
		exchange_free(asked[i].exchange);
	client_close(&client);
}

static void test_a_limit_may_pass_while_the_name_is_looked_up(void **state)
{
	(void)state;
	snprintf(watched, sizeof watched, "slow." NOWHERE);
	client_open(&client);
	struct http_spec spec = client_spec("http://slow." NOWHERE "/");
	spec.timeouts.connect = CLOCK_MS_NS;
	pthread_mutex_lock(&gate);
	struct exchange *late = client_get(&client, &spec);
	pthread_mutex_unlock(&gate);
	assert_string_equal(late->error_kind, "connect_timeout");
	assert_string_equal(buffer_string(&late->error_message),
		"the host of http://slow." NOWHERE "/ was not looked up within 1 ms");
	struct exchange *next = get("http://slow." NOWHERE "/");
	assert_string_equal(next->error_kind, "dns");
	assert_string_equal(late->error_kind, "connect_timeout");
	exchange_free(late);
	exchange_free(next);
	client_close(&client);
}

static void test_freeing_answers_who_waits_and_leaves_threads_alone(void **state)
{
	struct answer answer = {.count = 0};
	struct asked asked;
	client_open(&client);
	struct http_spec spec = client_spec("http://" NOWHERE "/");
	client_ask(&client, &asked, &spec);
	http_resolve(client.http, NOWHERE, 81, answered, &answer);
	client_close(&client);
	assert_int_equal(asked.ended, 1);
	assert_int_equal(asked.exchange->outcome, OUTCOME_INCOMPLETE);
	assert_int_equal(answer.count, 1);
	assert_true(*answer.error);
	exchange_free(asked.exchange);
	usleep(100000); /* the threads end by themselves; the sanitizers see what they touch */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_localhost_finds_a_server_on_either_address),
		cmocka_unit_test(test_a_name_stays_pinned_for_the_connections_to_come),
		cmocka_unit_test(test_an_address_in_brackets_is_one),
		cmocka_unit_test(test_proxies_of_the_environment_are_not_used),
		cmocka_unit_test(test_a_proxy_that_was_given_is_used),
		cmocka_unit_test(test_a_proxy_that_opens_no_tunnel_is_named),
		cmocka_unit_test(test_literal_names_need_no_lookup),
		cmocka_unit_test(test_a_name_that_is_not_there_fails_each_time),
		cmocka_unit_test(test_a_name_may_have_addresses_of_one_interface),
		cmocka_unit_test(test_a_name_is_looked_up_once_and_pinned),
		cmocka_unit_test(test_many_may_wait_for_one_name),
		cmocka_unit_test(test_a_request_can_be_ended_while_its_name_is_looked_up),
		cmocka_unit_test(test_a_name_of_other_letters_is_looked_up_by_its_ascii),
		cmocka_unit_test(test_a_limit_may_pass_while_the_name_is_looked_up),
		cmocka_unit_test(test_freeing_answers_who_waits_and_leaves_threads_alone),
	};
	return RUN(tests);
}
