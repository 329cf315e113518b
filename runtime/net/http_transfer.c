/* One request as a transfer of libcurl: its options, and the callbacks, which only stamp, count and
 * append to the exchange. */
#include "net/http_state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of libcurl, for each transfer while it runs. */
#define SMALL_BUFFER 1024L
#define LARGE_BUFFER 16384L

#define TRAILERS_MOST ((size_t)1 << 16) /* bytes */
#define READIES_MOST 2 /* the first, and one resend after a kept connection was dead */

/* ---- what was sent, and when ---- */

bool http_transfer_sent_whole(const struct http_request *request)
{
	curl_off_t sent = 0;
	if (request->ready_ns == 0 || request->curl == NULL)
		return false;
	if (request->body_size == 0)
		return true;
	curl_easy_getinfo(request->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
	return sent >= (curl_off_t)request->body_size;
}

int64_t http_transfer_sent_ns(const struct http_request *request)
{
	if (request->ready_ns == 0)
		return EXCHANGE_NONE;
	int64_t sent = request->socket != NULL ? stamp_sent_ns(request->socket->fd) : 0;
	return sent > request->ready_ns ? sent : request->ready_ns;
}

int64_t http_transfer_ended_ns(const struct http_request *request)
{
	const struct http_socket *socket = request->socket;
	if (socket != NULL && stamp_reads(socket->fd) > request->reads_before)
		return stamp_last(socket->fd).t_ns;
	if (request->closed_ns > 0)
		return request->closed_ns;
	return clock_now_ns();
}

/* HTTP/2 reads for several streams at once and buffers: no stamp fits. */
static struct stamp arrival(struct http_request *request)
{
	struct stamp stamp = {.t_ns = 0};
	if (request->socket != NULL && !request->http2)
		stamp = stamp_last(request->fd);
	else
		stamp.t_ns = clock_now_ns();
	if (stamp.t_ns < request->exchange->t_attempt)
		stamp.t_ns = request->exchange->t_attempt;
	request->last_ns = stamp.t_ns;
	return stamp;
}

/* What shares a read shares its number. Where libcurl does not read by our recv each
 * piece counts. */
static uint64_t read_number(struct http_request *request)
{
	uint64_t reads = request->socket != NULL ? stamp_reads(request->fd) : 0;
	return reads > 0 ? reads : ++request->pieces;
}

/* ---- libcurl is about to send ---- */

static void note_connection(struct http_request *request, int64_t now)
{
	struct exchange *exchange = request->exchange;
	curl_off_t connected = 0, secured = 0;
	exchange->t_dns = exchange->t_connected = exchange->t_tls = EXCHANGE_NONE;
	if (!request->fresh)
		return;
	exchange->t_dns = exchange->t_attempt; /* the address was known before */
	exchange->t_connected = now;
	if (!request->tls)
		return;
	curl_easy_getinfo(request->curl, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(request->curl, CURLINFO_APPCONNECT_TIME_T, &secured);
	int64_t handshake = secured > connected ? (secured - connected) * 1000 : 0;
	exchange->t_tls = now;
	exchange->t_connected = now - handshake;
	if (exchange->t_connected < exchange->t_attempt)
		exchange->t_connected = exchange->t_attempt;
}

/* Who asks an address of this machine asks from it; all of 127.0.0.0/8 is asked from 127.0.0.1. */
static bool is_one_machine(const char *local_ip, const char *remote_ip)
{
	return strcmp(local_ip, remote_ip) == 0 || strncmp(local_ip, "127.", 4) == 0;
}

static int on_connected(
	void *context, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct http_request *request = context;
	struct exchange *exchange = request->exchange;
	if (request->answered) /* HTTP_1_1_REQUIRED behind bytes of it: the two would be one */
		return CURL_PREREQFUNC_ABORT;
	if (++request->readies > READIES_MOST) {
		exchange_fail(exchange, OUTCOME_FAILED, "transport",
			"two connections to %s closed before a byte of the answer came",
			http_shown_url(request));
		return CURL_PREREQFUNC_ABORT;
	}
	if (request->readies > 1) {
		exchange->flags |= EXCHANGE_RECONNECTED;
		http_transfer_hear(request, true); /* what it heard is how the first one died */
	} else if (!request->fresh) /* if this kept connection is dead, the next may be, too */
		curl_easy_setopt(request->curl, CURLOPT_FRESH_CONNECT, 1L);
	int64_t now = clock_now_ns();
	note_connection(request, now);
	struct http_socket *socket =
		http_socket_find(request, local_ip, local_port, remote_ip, remote_port);
	if (socket != NULL)
		memcpy(exchange->address, socket->address, sizeof exchange->address);
	else
		http_format_address(exchange->address, remote_ip, remote_port);
	exchange->here = request->proxy == NULL && is_one_machine(local_ip, remote_ip);
	http_socket_use(request, socket);
	exchange->t_sent = EXCHANGE_NONE;
	request->ready_ns = now;
	request->closed_ns = 0;
	request->tls_broke = request->limit = request->failure = 0;
	request->fresh = request->settled = false;
	http_body_begin_head(request);
	http_touch(request);
	return CURL_PREREQFUNC_OK;
}

/* ---- the answer ---- */

/* On a loopback device the answer can be there before our send() returns. */
static void note_sent(struct http_request *request, int64_t answered_ns)
{
	int64_t sent = http_transfer_sent_ns(request);
	if (sent != EXCHANGE_NONE && sent > answered_ns)
		sent = answered_ns;
	request->exchange->t_sent = sent;
}

/* "HTTP/1.1 200 OK": a response begins. */
static void begin_response(struct http_request *request, const char *line, size_t size)
{
	const char *space = memchr(line, ' ', size);
	request->status = space != NULL ? strtol(space, NULL, 10) : 0;
	request->interim = request->status >= 100 && request->status < 200;
	struct exchange *exchange = request->exchange;
	size_t version_size = space != NULL ? (size_t)(space - line) - 5 : 0; /* behind "HTTP/" */
	size_t most = sizeof exchange->http_version - 1;
	size_t kept = version_size < most ? version_size : most;
	memcpy(exchange->http_version, line + 5, kept);
	exchange->http_version[kept] = '\0';
	request->http2 = exchange->http2 = strcmp(exchange->http_version, "2") == 0;
}

/* Nothing is sent again once an answer has begun, and prompts are long. */
static void forget_body(struct http_request *request)
{
	free(request->body);
	request->body = NULL;
}

static bool end_of_headers(struct http_request *request)
{
	if (request->interim)
		return true;
	struct stamp stamp = arrival(request);
	request->answered = true;
	note_sent(request, stamp.t_ns);
	if (http_transfer_sent_whole(request)) {
		forget_body(request);
		http_body_divert(request);
	}
	return exchange_headers_done(request->exchange, request->status, stamp.t_ns);
}

static bool take_header(struct http_request *request, char *line, size_t size)
{
	char *colon = memchr(line, ':', size);
	if (request->interim || colon == NULL || colon == line)
		return true;
	while (size > 0 && text_is_blank(line[size - 1]))
		size--;
	line[size] = '\0';
	*colon++ = '\0';
	colon += strspn(colon, " \t");
	http_body_note_header(request, line, colon);
	return exchange_header(request->exchange, line, colon);
}

/* Nobody asked for them, and libcurl keeps them all. An answer that said that it is done stays
 * whole. */
static bool pass_trailer(struct http_request *request, size_t size)
{
	request->trailers_size += size;
	if (request->trailers_size <= TRAILERS_MOST)
		return true;
	if (!request->exchange->done)
		exchange_fail(request->exchange, OUTCOME_FAILED, "client_limit",
			"the trailers behind the answer are longer than %zu bytes", TRAILERS_MOST);
	return false;
}

/* Lines behind the final headers are trailers. */
static bool take_line(struct http_request *request, const char *data, size_t size)
{
	if (request->answered)
		return pass_trailer(request, size);
	if (size >= 5 && strncasecmp(data, "HTTP/", 5) == 0) {
		begin_response(request, data, size);
		return true;
	}
	if (size == 0 || data[0] == '\r' || data[0] == '\n')
		return end_of_headers(request);
	char *line = memory_bytes(data, size);
	bool taken = take_header(request, line, size);
	free(line);
	return taken;
}

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
	struct http_request *request = context;
	http_touch(request);
	return take_line(request, data, size * count) ? size * count : CURL_WRITEFUNC_ERROR;
}

struct http_arrival http_transfer_arrival(struct http_request *request)
{
	struct http_arrival arrived = {arrival(request), read_number(request)};
	if (!request->settled)
		http_touch(request);
	return arrived;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	struct http_request *request = context;
	struct http_arrival now = http_transfer_arrival(request);
	bool wanted = exchange_bytes(request->exchange, data, size * count, now.stamp, now.read);
	http_timeouts_note(request);
	return wanted ? size * count : CURL_WRITEFUNC_ERROR;
}

/* ---- options ---- */

/* The same for every request. No proxy but the one that is given, whatever the environment says. */
static void set_standing(const struct http *http, CURL *curl)
{
	if (http->trusted != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, http->trusted);
	curl_easy_setopt(curl, CURLOPT_SHARE, http->shared);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	/* A server that compresses all the same is decoded. */
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "identity");
	curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, LARGE_BUFFER);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
	curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(curl, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	http_socket_options(curl);
}

/* Whatever the last request of this handle asked for. */
static void set_method(struct http_request *request)
{
	CURL *curl = request->curl;
	const char *usual = "GET";
	CURLoption option = CURLOPT_HTTPGET;
	if (request->body != NULL || strcmp(request->method, "POST") == 0) {
		usual = "POST";
		option = CURLOPT_POST;
	} else if (strcmp(request->method, "HEAD") == 0) {
		usual = "HEAD";
		option = CURLOPT_NOBODY;
	}
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body != NULL ? request->body : "");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
	curl_easy_setopt(curl, option, 1L);
	bool unusual = strcmp(request->method, usual) != 0;
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, unusual ? request->method : NULL);
}

static void set_road(struct http_request *request)
{
	CURL *curl = request->curl;
	curl_easy_setopt(curl, CURLOPT_PROXY, request->proxy != NULL ? request->proxy->url : "");
	curl_easy_setopt(curl, CURLOPT_PROXYPORT,
		request->proxy != NULL ? (long)request->proxy->port : 0L); /* 80, not curl's 1080 */
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
		request->http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, request->readies > 0 ? 1L : 0L);
}

/* The limits are ours (http_timeouts.c), and pass before libcurl's own. That one is how long it
 * waits for one address of a name, half of what is left, before it tries the next; it has no word
 * for none. */
static void set_patience(struct http_request *request)
{
	int64_t most_ms = 86400000, limit = request->timeouts.connect;
	if (limit != EXCHANGE_NONE && limit / CLOCK_MS_NS < most_ms / 2)
		most_ms = limit / CLOCK_MS_NS + limit / (10 * CLOCK_MS_NS) + 1;
	curl_easy_setopt(request->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)most_ms);
}

/* Where libcurl takes the addresses from. */
static void set_pin(struct http_request *request)
{
	const char *pin = http_peer(request)->pin;
	const char *pinned = request->multi->pinned;
	curl_slist_free_all(request->pins); /* of a first try */
	request->pins = NULL;
	if (pin != NULL && (pinned == NULL || strcmp(pinned, pin) != 0))
		request->pins = curl_slist_append(NULL, pin);
	curl_easy_setopt(request->curl, CURLOPT_RESOLVE, request->pins);
	curl_easy_setopt(request->curl, CURLOPT_ADDRESS_SCOPE, (long)http_peer(request)->zone);
}

static void note_pin(struct http_request *request)
{
	if (request->pins == NULL)
		return;
	free(request->multi->pinned);
	request->multi->pinned = memory_text(request->pins->data);
}

void http_transfer_hear(struct http_request *request, bool heard)
{
	free(request->words);
	request->words = heard ? memory_new(CURL_ERROR_SIZE) : NULL;
	curl_easy_setopt(request->curl, CURLOPT_ERRORBUFFER, request->words);
}

static void set_contexts(struct http_request *request)
{
	CURL *curl = request->curl;
	curl_easy_setopt(curl, CURLOPT_PRIVATE, request);
	http_transfer_hear(request, true);
	curl_easy_setopt(curl, CURLOPT_PREREQDATA, request);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, request);
	curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, request->multi);
}

/* The URL is given twice: libcurl takes the one that was read already, but writes it out where it
 * was told no text. */
static bool set_options(struct http_request *request)
{
	CURL *curl = request->curl;
	bool head_alone = request->exchange->stream && !request->tls; /* as a rule: http_body.c */
	if (curl_easy_setopt(curl, CURLOPT_URL, request->target->url) != CURLE_OK)
		return false;
	curl_easy_setopt(curl, CURLOPT_CURLU, request->target->parsed);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->headers->lines);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, head_alone ? SMALL_BUFFER : LARGE_BUFFER);
	curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 1L);
	set_method(request);
	set_road(request);
	set_pin(request);
	set_patience(request);
	set_contexts(request);
	return true;
}

/* ---- in and out ---- */

static CURL *take_handle(struct http *http)
{
	if (http->kept_handles > 0)
		return http->handles[--http->kept_handles];
	CURL *curl = curl_easy_init();
	if (curl != NULL)
		set_standing(http, curl);
	return curl;
}

/* One that sent its request again is not kept: libcurl counts that over the life of a handle, and
 * soon refuses. Nor one that met an error of the system, which it would say of the next request,
 * too. */
static void give_back(struct http_request *request)
{
	struct http *http = request->http;
	curl_easy_setopt(request->curl, CURLOPT_ERRORBUFFER, NULL);
	if (request->readies > 1 || http_system_error(request) != 0 ||
		http->kept_handles == HTTP_HANDLES_KEPT)
		curl_easy_cleanup(request->curl);
	else
		http->handles[http->kept_handles++] = request->curl;
	request->curl = NULL;
}

bool http_transfer_resend(struct http_request *request, CURLcode code)
{
	bool was_kept = request->readies == 1 && request->exchange->t_connected == EXCHANGE_NONE;
	bool was_closed = code == CURLE_PARTIAL_FILE || code == CURLE_SEND_ERROR;
	if (!request->http2 || request->answered || !was_kept || !was_closed)
		return false;
	http_transfer_abandon(request);
	return http_transfer_begin(request);
}

bool http_transfer_begin(struct http_request *request)
{
	request->curl = take_handle(request->http);
	if (request->curl == NULL || !set_options(request))
		return false;
	if (curl_multi_add_handle(request->multi->curl, request->curl) != CURLM_OK)
		return false;
	note_pin(request);
	return true;
}

void http_transfer_abandon(struct http_request *request)
{
	if (request->curl == NULL)
		return;
	http_socket_unwatch(request);
	curl_multi_remove_handle(request->multi->curl, request->curl);
	give_back(request);
	http_socket_abandon(request);
}
