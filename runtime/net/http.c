/* Requests on the loop. libcurl gets sockets that are ready and one deadline per multi; what its
 * callbacks leave behind (requests that ended, limits to look at) is dealt with when it has
 * returned, and whoever waits for a request is told from the loop. */
#include "net/http_state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"

#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void deliver_later(struct http *http);
static void begin_later(void *context);
static void on_addresses(void *context, const char *addresses, int64_t took_ns, const char *error);

const char *http_shown_url(struct http_request *request)
{
	if (request->shown_url == NULL)
		request->shown_url = http_target_shown(request->target);
	return request->shown_url;
}

/* ---- ends ---- */

static void detach(struct http_request *request)
{
	if (request->stage == HTTP_RUNNING) {
		http_transfer_abandon(request);
		request->multi->running--;
	} else if (request->stage == HTTP_LOOKING_UP) {
		http_names_forget(request->http->names, on_addresses, request);
	} else {
		loop_undefer(request->http->loop, begin_later, request);
	}
	loop_timer_clear(request->http->loop, &request->timer);
}

void http_finish(
	struct http_request *request, enum exchange_end end, const char *message, int64_t t_ns)
{
	struct http *http = request->http;
	struct exchange *exchange = request->exchange;
	if (!request->answered)
		exchange->t_sent = http_transfer_sent_whole(request)
					   ? http_transfer_sent_ns(request)
					   : EXCHANGE_NONE;
	if (exchange->t_attempt == EXCHANGE_NONE)
		exchange_start(exchange, request->began_ns);
	char *words = secret_redacted(message);
	detach(request);
	request->stage = HTTP_ENDED;
	exchange_end(exchange, end, words, t_ns);
	free(words);
	request->next_ended = NULL;
	*http->ended_tail = request;
	http->ended_tail = &request->next_ended;
	deliver_later(http);
}

static void request_free(struct http_request *request)
{
	struct http *http = request->http;
	if (request->next != NULL)
		request->next->previous = request->previous;
	if (request->previous != NULL)
		request->previous->next = request->next;
	else
		http->requests = request->next;
	http->running--;
	http_headers_leave(request->headers);
	curl_slist_free_all(request->pins);
	free(request->method);
	free(request->shown_url);
	free(request->body);
	free(request->words);
	http_target_leave(request->target);
	http_target_leave(request->proxy);
	free(request);
}

/* Those that end while this runs wait for the next call, so that an fn which starts another request
 * that fails at once does not stop the loop. */
void http_deliver(struct http *http)
{
	struct http_request *request = http->ended;
	http->ended = NULL;
	http->ended_tail = &http->ended;
	while (request != NULL) {
		struct http_request *next = request->next_ended;
		http_fn fn = request->fn;
		void *whose = request->context;
		struct exchange *exchange = request->exchange;
		request_free(request);
		fn(whose, exchange);
		request = next;
	}
}

static void deliver(void *http)
{
	http_deliver(http);
}

static void deliver_later(struct http *http)
{
	if (http->ended != NULL && http->ended->next_ended == NULL)
		loop_defer(http->loop, deliver, http);
}

/* ---- what callbacks leave behind ---- */

void http_touch(struct http_request *request)
{
	struct http *http = request->http;
	if (request->touched)
		return;
	request->touched = true;
	request->next_touched = http->touched;
	http->touched = request;
}

void http_look_at_touched(struct http *http)
{
	while (http->touched != NULL) {
		struct http_request *request = http->touched;
		http->touched = request->next_touched;
		request->touched = false;
		if (request->stage != HTTP_RUNNING)
			continue;
		if (request->stopping) {
			http_finish(request, END_NONE, NULL, clock_now_ns());
			continue;
		}
		if (!request->answered)
			request->exchange->t_sent = http_transfer_sent_ns(request);
		http_timeouts_arm(request);
	}
}

/* ---- starts ---- */

struct http_target *http_peer(const struct http_request *request)
{
	return request->proxy != NULL ? request->proxy : request->target;
}

/* libcurl takes no zone beside a pinned address, but one for all of them: that of the first which
 * has one. Those of other zones are left out. */
static bool is_in_zone(struct http_target *peer, const char *address, size_t size)
{
	char zone[IF_NAMESIZE];
	const char *sign = memchr(address, '%', size);
	if (sign == NULL)
		return true;
	snprintf(zone, sizeof zone, "%.*s", (int)(address + size - sign - 1), sign + 1);
	unsigned index = if_nametoindex(zone);
	if (peer->zone == 0)
		peer->zone = index;
	return peer->zone == index;
}

static void pin(struct http_target *peer, const char *addresses)
{
	struct buffer entry = BUFFER_EMPTY;
	if (peer->pin != NULL || strcmp(addresses, peer->host) == 0)
		return;
	buffer_format(&entry, "%s:%d", peer->host, peer->port);
	char before = ':';
	for (const char *at = addresses; *at;) {
		size_t size = strcspn(at, ",");
		bool ipv6 = memchr(at, ':', size) != NULL;
		if (is_in_zone(peer, at, size)) {
			buffer_format(&entry, ipv6 ? "%c[%.*s]" : "%c%.*s", before,
				(int)strcspn(at, "%,"), at);
			before = ',';
		}
		at += size + (at[size] == ',');
	}
	peer->pin = buffer_detach(&entry, NULL);
}

/* A connection to this very machine is there at once, and to others' requests it makes no
 * difference when it is used: now, not after all that is started with this one. */
static void use_connection(struct http_request *request)
{
	const struct http_socket *newest = request->multi->sockets;
	if (request->stage != HTTP_RUNNING || newest == NULL || newest->opener != request)
		return;
	struct pollfd writable = {.fd = newest->fd, .events = POLLOUT};
	if (poll(&writable, 1, 0) > 0)
		http_drive(request->multi, newest->fd, CURL_CSELECT_OUT);
}

/* A start that was made ready a little ahead of its plan is held until the very moment. */
static void await_plan(const struct exchange *exchange)
{
	if (exchange->t_sched == EXCHANGE_NONE ||
		exchange->t_sched - clock_now_ns() > HTTP_AHEAD_NS)
		return;
	while (clock_now_ns() < exchange->t_sched)
		;
}

static void begin(struct http_request *request)
{
	request->multi = http_multi_choose(request->http, request->lane);
	await_plan(request->exchange);
	exchange_start(request->exchange, clock_now_ns());
	if (request->multi == NULL || !http_transfer_begin(request)) {
		curl_easy_cleanup(request->curl);
		request->curl = NULL;
		exchange_fail(request->exchange, OUTCOME_FAILED, "client_limit",
			"libcurl cannot take the request to %s", http_shown_url(request));
		http_finish(request, END_NONE, NULL, clock_now_ns());
		return;
	}
	request->stage = HTTP_RUNNING;
	request->multi->running++;
	http_timeouts_arm(request);
	/* Now, not in the next turn: whoever starts many at once would make the first ones wait for
	 * the last between their t0 and their first byte. */
	http_drive(request->multi, CURL_SOCKET_TIMEOUT, 0);
	use_connection(request);
}

static void begin_later(void *context)
{
	begin(context);
}

static void begin_or_wait(struct http_request *request)
{
	if (request->http->depth > 0)
		loop_defer(request->http->loop, begin_later, request);
	else
		begin(request);
}

static void fail_early(struct http_request *request, const char *kind, const char *message)
{
	exchange_fail(request->exchange, OUTCOME_FAILED, kind, "%s", message);
	http_finish(request, END_NONE, NULL, clock_now_ns());
}

static void on_addresses(void *context, const char *addresses, int64_t took_ns, const char *error)
{
	struct http_request *request = context;
	char message[512];
	(void)took_ns;
	request->stage = HTTP_WAITING;
	if (addresses != NULL) {
		pin(http_peer(request), addresses);
		begin_or_wait(request);
		return;
	}
	snprintf(message, sizeof message, "the host of %s was not found: %s",
		http_shown_url(request), error != NULL ? error : "no address");
	fail_early(request, "dns", message);
}

static struct http_target *read_url(struct http *http, const char *url, struct error *error)
{
	if (http->last == NULL || strcmp(http->last->url, url) != 0) {
		http_target_leave(http->last);
		http->last = http_target_new(url, error);
	}
	return http->last != NULL ? http_target_share(http->last) : NULL;
}

static bool read_urls(
	struct http_request *request, const struct http_spec *spec, struct error *error)
{
	request->target = read_url(request->http, spec->url, error);
	if (request->target == NULL)
		return false;
	request->tls = request->target->tls;
	if (spec->proxy == NULL)
		return true;
	request->proxy = http_target_new(spec->proxy, error);
	return request->proxy != NULL;
}

static void look_up(struct http_request *request, const struct http_spec *spec)
{
	struct error error;
	request->stage = HTTP_LOOKING_UP;
	if (!read_urls(request, spec, &error)) {
		fail_early(request, "transport", error.message);
		return;
	}
	const struct http_target *peer = http_peer(request);
	const char *addresses = http_names_known(request->http->names, peer->host, peer->port);
	if (addresses != NULL) {
		on_addresses(request, addresses, 0, NULL);
		return;
	}
	http_timeouts_arm(request);
	http_names_wait(request->http->names, peer->host, peer->port, on_addresses, request);
}

static struct http_request *request_new(struct http *http, const struct http_spec *spec)
{
	struct http_request *request = memory_new(sizeof *request);
	request->http = http;
	request->method = memory_text(spec->method);
	request->body = spec->body != NULL ? memory_bytes(spec->body, spec->body_size) : NULL;
	request->body_size = spec->body != NULL ? spec->body_size : 0;
	request->headers = http_headers_of(http, spec);
	request->timeouts = spec->timeouts;
	request->cancel_after = spec->cancel_after;
	request->http2 = spec->http2;
	request->lane = spec->lane;
	request->began_ns = clock_now_ns();
	request->next = http->requests;
	if (request->next != NULL)
		request->next->previous = request;
	http->requests = request;
	http->running++;
	return request;
}

struct http_request *http_start(struct http *http, const struct http_spec *spec,
	struct exchange *exchange, http_fn fn, void *context)
{
	struct http_request *request = request_new(http, spec);
	request->exchange = exchange;
	request->fn = fn;
	request->context = context;
	look_up(request, spec);
	return request;
}

void http_end(struct http_request *request, enum exchange_outcome outcome, const char *kind,
	const char *message)
{
	if (request->stage == HTTP_ENDED || request->stopping)
		return;
	exchange_fail(request->exchange, outcome, kind, "%s", message != NULL ? message : "");
	if (request->stage == HTTP_RUNNING && request->http->depth > 0) {
		request->stopping = true;
		http_touch(request);
		return;
	}
	http_finish(request, END_NONE, NULL, clock_now_ns());
}

/* ---- life ---- */

struct http *http_new(struct loop *loop, struct error *error)
{
	if (!http_init_libcurl()) {
		error_set(error, ERROR_SYSTEM, "libcurl does not start");
		return NULL;
	}
	struct http_names *names = http_names_new(loop, error);
	if (names == NULL)
		return NULL;
	struct http *http = memory_new(sizeof *http);
	http->loop = loop;
	http->names = names;
	http->trusted = http_trusted_file();
	http->shared = curl_share_init();
	curl_share_setopt(http->shared, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	http->ended_tail = &http->ended;
	return http;
}

void http_free(struct http *http)
{
	if (http == NULL)
		return;
	while (http->requests != NULL) {
		struct http_request *last = http->requests;
		http_end(last, OUTCOME_INCOMPLETE, "", "the run ended before the answer was whole");
		http_deliver(http);
	}
	loop_undefer(http->loop, deliver, http);
	for (size_t i = 0; i < http->multi_count; i++)
		if (http->multis[i] != NULL)
			http_multi_free(http->multis[i]);
	while (http->kept_handles > 0)
		curl_easy_cleanup(http->handles[--http->kept_handles]);
	curl_share_cleanup(http->shared);
	http_names_free(http->names);
	free(http->multis);
	http_target_leave(http->last);
	http_headers_leave(http->last_headers);
	free(http->slots);
	free(http);
}

void http_resolve(struct http *http, const char *host, int port, http_resolve_fn fn, void *context)
{
	char *ascii = http_host_in_ascii(host);
	http_names_wait(http->names, ascii, port, fn, context);
	free(ascii);
}

size_t http_running(const struct http *http)
{
	return http->running;
}

size_t http_open_sockets(const struct http *http)
{
	return http->socket_count;
}

const char *http_curl_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
