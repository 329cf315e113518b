/* HTTP requests on a loop: libcurl's multi interface, and nobody else knows curl. HTTP and HTTPS
 * only; HTTP/1.1, one connection per running request, kept between requests, unless HTTP/2 is asked
 * for. No proxy but the one that is given, no Expect, no redirect, no netrc, identity encoding. */
#ifndef BENCH_NET_HTTP_H
#define BENCH_NET_HTTP_H

#include "net/exchange.h"
#include "net/loop.h"

struct http;
struct http_request;

struct http_timeouts {       /* ns; EXCHANGE_NONE: none */
	int64_t connect;     /* name to connected */
	int64_t first_token; /* sent to the first token event (plain HTTP: the first byte) */
	int64_t idle;        /* between token events after the first (plain HTTP: between bytes) */
	int64_t total;
};

/* A planned start (t_sched of the exchange) that comes earlier by at most this is held until then,
 * awake: it has less to wait for than a sleep would be late. */
#define HTTP_AHEAD_NS INT64_C(100000)

struct http_spec {          /* everything is copied by http_start */
	const char *method; /* "POST" */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated */
	const char *body;           /* NULL: none */
	size_t body_size;
	struct http_timeouts timeouts;
	int64_t cancel_after; /* ns from the moment it was sent, EXCHANGE_NONE */
	const char *proxy;    /* explicit only; NULL: none */
	bool http2;
	int lane; /* requests of one lane share a multi, hence find their connection again */
};

/* The exchange is the caller's again. Called from the loop, never from http_start, exactly once. */
typedef void (*http_fn)(void *context, struct exchange *exchange);

struct http *http_new(struct loop *loop, struct error *error);
/* Cancels what still runs (each fn is called from here, outcome incomplete), closes every
 * connection. */
void http_free(struct http *http);

/* Starts. A name that was not looked up yet is looked up first, off the loop; t_start is stamped
 * when the request is handed to the transport, which is here if the address is known, and not again
 * for a retry. Until fn is called http owns the exchange. Never NULL: what cannot start fails
 * through fn. */
struct http_request *http_start(struct http *http, const struct http_spec *spec,
	struct exchange *exchange, http_fn fn, void *context);
/* Ends a running request with this outcome and kind ("" for none); fn follows from the loop. May be
 * called at any moment until fn is, also inside the exchange's own callbacks; a second call does
 * nothing. */
void http_end(struct http_request *request, enum exchange_outcome outcome, const char *kind,
	const char *message);

/* A name, resolved once per (host, port), off the loop, and pinned for the rest of the run; a
 * lookup that failed is tried again by the next call. Called from the loop, or from http_free with
 * an error. On success error is NULL and `addresses` is "127.0.0.1,::1". Literal addresses and
 * names seen before are answered the same way. "localhost", also as the end of a name, is
 * 127.0.0.1, then ::1. */
typedef void (*http_resolve_fn)(
	void *context, const char *addresses, int64_t took_ns, const char *error);
void http_resolve(struct http *http, const char *host, int port, http_resolve_fn fn, void *context);

/* Running now, and the connections open (tests: 0 at the end). */
size_t http_running(const struct http *http);
size_t http_open_sockets(const struct http *http);

/* Before libcurl's first use, as often as anybody likes. False where it does not start. */
bool http_init_libcurl(void);
const char *http_curl_version(void);

#endif
