/* What the end of a transfer means: libcurl's code and the errno behind it become one of our kinds
 * and a sentence. Where an answer had begun the exchange judges, knowing whether it was whole. */
#include "net/http_state.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define TOO_LARGE ((CURLcode)100) /* CURLE_TOO_LARGE, which headers name since 8.6 */

static const char *said(const struct http_request *request)
{
	return request->words != NULL ? request->words : "";
}

/* libcurl's own words, which say more than its code. */
static const char *words_of(const struct http_request *request, CURLcode code)
{
	if (code == CURLE_ABORTED_BY_CALLBACK && request->answered) /* on_connected did */
		return "the server broke it off and asked for HTTP/1.1";
	return said(request)[0] != '\0' ? said(request) : curl_easy_strerror(code);
}

int http_system_error(const struct http_request *request)
{
	long error = 0;
	curl_easy_getinfo(request->curl, CURLINFO_OS_ERRNO, &error);
	return (int)error;
}

/* For IPv6 EADDRNOTAVAIL means, nearly always, a machine without an IPv6 address. */
static bool is_our_limit(const struct http_request *request, int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
	       (error == EADDRNOTAVAIL && request->family == AF_INET);
}

static bool has_no_road(int error)
{
	return error == ENETUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

void http_note_failure(struct http_request *request, int error)
{
	if (is_our_limit(request, error))
		request->limit = error;
	else if (error != 0 && !has_no_road(error))
		request->failure = error;
}

/* What ran out here, and what helps. */
static const char *limit_words(int error)
{
	switch (error) {
	case EMFILE:
		return "this process has no descriptor left (ulimit -Hn says how many it may "
		       "have): raise that limit, or run fewer requests at a time";
	case ENFILE:
		return "this system has no file left to open (fs.file-max): close something, or "
		       "run fewer requests at a time";
	case EADDRNOTAVAIL:
		return "this machine has no local port left for that address; a closed connection "
		       "holds its own for a minute: widen net.ipv4.ip_local_port_range, begin "
		       "fewer connections a second, or give the server several addresses";
	default:
		return "the system has no memory left for a socket: run fewer requests at a time";
	}
}

/* Who did not take the connection: the proxy is not the server. */
static void fail_connection(struct http_request *request, const char *kind, const char *words)
{
	char *proxy = request->proxy != NULL ? http_target_shown(request->proxy) : NULL;
	exchange_fail(request->exchange, OUTCOME_FAILED, kind, "no connection to %s%s: %s",
		proxy != NULL ? "the proxy " : "", proxy != NULL ? proxy : http_shown_url(request),
		words);
	free(proxy);
}

static void fail_to_connect(struct http_request *request, CURLcode code)
{
	int last = http_system_error(request);
	http_note_failure(request, last);
	int error = request->failure != 0 ? request->failure : last;
	if (request->limit != 0)
		fail_connection(request, "client_limit", limit_words(request->limit));
	else
		fail_connection(
			request, "connect", error ? strerror(error) : words_of(request, code));
}

/* Through a tunnel, which a proxy opens or not. */
static long tunnel_status(const struct http_request *request)
{
	long status = 0;
	curl_easy_getinfo(request->curl, CURLINFO_HTTP_CONNECTCODE, &status);
	return status;
}

static void fail_tunnel(struct http_request *request, long status)
{
	char *proxy = http_target_shown(request->proxy);
	exchange_fail(request->exchange, OUTCOME_FAILED, "connect",
		"the proxy %s opened no tunnel to %s: it answered HTTP %ld to CONNECT%s", proxy,
		http_shown_url(request), status,
		status == 407 ? " (it wants http://NAME:PASSWORD@HOST)" : "");
	free(proxy);
}

static const char *kind_of(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return "dns";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CLIENTCERT:
		return "tls";
	case CURLE_UNSUPPORTED_PROTOCOL: /* an answer without a status line: HTTP/0.9 */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
		return "malformed";
	case CURLE_OPERATION_TIMEDOUT:
		return "connect_timeout";
	case CURLE_PROXY:
		return "connect";
	case CURLE_OUT_OF_MEMORY:
		return "client_limit";
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_HTTP2: /* the server ended the connection (GOAWAY), or just this stream of it */
	case CURLE_HTTP2_STREAM:
		return "no_response";
	default:
		return "transport";
	}
}

/* libcurl takes header lines of 100 KB, and in some versions 300 KB of headers in all. */
static bool is_too_long_a_head(const struct http_request *request, CURLcode code)
{
	return request->ready_ns > 0 &&
	       (code == CURLE_OUT_OF_MEMORY || code == TOO_LARGE ||
		       strstr(said(request), "Too large response headers") != NULL);
}

/* The answer broke off before its headers were whole. */
static bool is_half_a_head(const struct http_request *request, CURLcode code)
{
	long size = 0;
	curl_easy_getinfo(request->curl, CURLINFO_HEADER_SIZE, &size);
	return code == CURLE_OK || (code == CURLE_RECV_ERROR && size > 0);
}

/* By TLS 1.3 a server that refuses us, for want of a certificate say, does so when libcurl is
 * already connected, and reads. */
static const char *kind_without_answer(const struct http_request *request, CURLcode code)
{
	return strstr(said(request), " alert ") != NULL ? "tls" : kind_of(code);
}

/* What helps against it, where that is known. */
static const char *advice_of(const struct http_request *request, CURLcode code)
{
	bool is_unknown = strstr(said(request), "self") != NULL || /* self-signed, self signed */
			  strstr(said(request), "issuer") != NULL;
	if (code == CURLE_PEER_FAILED_VERIFICATION && is_unknown)
		return " (SSL_CERT_FILE=FILE names the certificates to trust)";
	if (strstr(said(request), "wrong version number") != NULL)
		return " (what answers there does not speak TLS; its address has http, not https)";
	if (strstr(said(request), "HTTP/0.9") != NULL ||
		strstr(said(request), "Invalid status line") != NULL) /* libcurl 8 */
		return " (what answers there does not speak HTTP; a server that wants TLS has an "
		       "address with https)";
	return "";
}

static void fail_without_answer(struct http_request *request, CURLcode code)
{
	struct exchange *exchange = request->exchange;
	long tunnel = tunnel_status(request);
	if (tunnel >= 300)
		fail_tunnel(request, tunnel);
	else if (code == CURLE_COULDNT_CONNECT)
		fail_to_connect(request, code);
	else if (is_too_long_a_head(request, code))
		exchange_fail(exchange, OUTCOME_FAILED, "client_limit",
			"%s sent longer headers than libcurl takes (100 KB a line, 300 KB in all)",
			http_shown_url(request));
	else if (is_half_a_head(request, code))
		exchange_fail(exchange, OUTCOME_TRUNCATED, "transport",
			"%s closed the connection in the middle of its headers",
			http_shown_url(request));
	else
		exchange_fail(exchange, OUTCOME_FAILED, kind_without_answer(request, code),
			"%s: %s%s", http_shown_url(request), words_of(request, code),
			advice_of(request, code));
}

/* libcurl has no code of its own for a broken chunk, but says "chunk" of each. */
static bool is_malformed(const struct http_request *request, CURLcode code)
{
	if (code == CURLE_RECV_ERROR)
		return strstr(said(request), "chunk") != NULL;
	return strcmp(kind_of(code), "malformed") == 0;
}

/* An answer of HTTP/1.1 that has no length ends with its connection, and over TLS only where that
 * was said to close (close_notify): anybody can cut it. libcurl lets a silent close, and one that
 * was reset, pass for an end; it never reads on after that word. */
static const char *tls_break_words(const struct http_request *request)
{
	if (request->tls_broke == 0 || request->exchange->http2)
		return NULL;
	return request->tls_broke == STAMP_CLOSED
		       ? "the connection was closed without a word of TLS (close_notify)"
		       : strerror(request->tls_broke);
}

/* Of what is compressed libcurl takes one piece an answer: what follows is a failure to it. */
static const char *coding_words(const struct http_request *request)
{
	return request->coded ? " (it came compressed, which was not asked for)" : "";
}

/* Something between us and the server waits for it no longer than it was told to. */
static void cut_words(const struct http_request *request, const char *why, char *out, size_t size)
{
	const char *coding = coding_words(request);
	int64_t silence_s =
		(clock_now_ns() - request->last_ns + CLOCK_SECOND_NS / 2) / CLOCK_SECOND_NS;
	if (silence_s > 0)
		snprintf(out, size,
			"the answer was cut after %lld s without a byte (a proxy's limit?): %s%s",
			(long long)silence_s, why, coding);
	else
		snprintf(out, size, "the answer was cut: %s%s", why, coding);
}

static void end_answer(struct http_request *request, CURLcode code)
{
	char words[CURL_ERROR_SIZE + 160];
	/* its errno may be of a connection before */
	bool failed = code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
	bool reset = request->tls_broke == ECONNRESET ||
		     (failed && http_system_error(request) == ECONNRESET);
	int64_t ended_ns = http_transfer_ended_ns(request);
	const char *broken = tls_break_words(request);
	if (code == CURLE_OK && broken == NULL) {
		http_finish(request, END_CLEAN, NULL, ended_ns);
		return;
	}
	bool refused = request->exchange->http_status >= 400; /* whatever its body is */
	if (is_malformed(request, code) && !exchange_said_all(request->exchange) && !refused)
		exchange_fail(request->exchange, OUTCOME_FAILED, "malformed", "%s: %s%s",
			http_shown_url(request), words_of(request, code), coding_words(request));
	cut_words(
		request, code == CURLE_OK ? broken : words_of(request, code), words, sizeof words);
	http_finish(request, reset ? END_RESET : END_CUT, words, ended_ns);
}

void http_transfer_ended(struct http_request *request, CURLcode code)
{
	if (request->answered) {
		end_answer(request, code);
		return;
	}
	if (http_transfer_resend(request, code))
		return;
	int64_t ended_ns = http_transfer_ended_ns(request);
	fail_without_answer(request, code);
	http_finish(request, END_NONE, NULL, ended_ns);
}
