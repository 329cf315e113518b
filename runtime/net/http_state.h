/* What the files of http share and nobody else sees. How a request goes through them:
 *
 *   http.c           copies the specification; the name is looked up (http_resolve.c)
 *   http_transfer.c  hands it to libcurl, by one of its multis (http_multi.c)
 *   http_socket.c    makes its connection, or finds the kept one
 *   http_body.c      reads a chunked answer past libcurl, with the time of each read
 *   http_timeouts.c  ends it where it takes too long
 *   http_outcome.c   says what libcurl's result means; http.c calls the request's fn
 *
 * libcurl must not be called from its own callbacks: what they find is only noted (http_touch,
 * http.depth) and done when it has returned. */
#ifndef BENCH_NET_HTTP_STATE_H
#define BENCH_NET_HTTP_STATE_H

#include "net/chunks.h"
#include "net/http.h"

#include <curl/curl.h>
#include <netinet/in.h>

#define HTTP_HANDLES_PER_MULTI 64 /* libcurl searches linearly in places */
#define HTTP_ADDRESS_SIZE 64
#define HTTP_HANDLES_KEPT 64 /* libcurl's, for the next requests */

/* A URL, read once for all requests that want it. */
struct http_target {
	size_t users;
	char *url;
	CURLU *parsed;
	char host[256]; /* as libcurl looks it up: no brackets, IDNA */
	int port;
	bool tls;
	char *pin;     /* its addresses for libcurl; NULL: not known yet, or the host is one */
	unsigned zone; /* the interface of those that name one; 0: none */
};

/* The header lines of all requests that send the same. */
struct http_headers {
	size_t users;
	size_t given; /* of the specification; those behind go with every request */
	struct curl_slist *lines;
};

/* As libcurl says it; port 0 until there is one. */
struct http_end {
	char ip[INET6_ADDRSTRLEN];
	int port;
};

/* A connection that is open, running a request or kept for the next. */
struct http_socket {
	int fd;
	struct http_multi *multi;
	struct http_request *user;         /* whose bytes it carries now; NULL while it is kept */
	const struct http_request *opener; /* until it carried a request; NULL then */
	struct http_end local, remote;
	char address[HTTP_ADDRESS_SIZE];     /* the remote end as text */
	struct http_socket *previous, *next; /* of this multi */
	bool resting;                        /* libcurl waits for nothing on it */
	uint64_t disturbed; /* packets lost or out of order, so far as a request was told of */
};

struct http_multi {
	struct http *http;
	CURLM *curl;
	struct loop_timer timer; /* libcurl's one deadline */
	size_t running;
	struct http_socket *sockets;
	char *pinned; /* the last pin that libcurl was told here, where it keeps them */
	bool gave_up; /* libcurl waits no longer for a connection that was being made */
};

enum http_stage {
	HTTP_LOOKING_UP, /* waits for the address */
	HTTP_WAITING,    /* was started inside one of libcurl's callbacks, begins after it */
	HTTP_RUNNING,    /* libcurl has it */
	HTTP_ENDED       /* fn is to be called */
};

struct http_request {
	/* what each event of an answer touches, close together */
	struct http *http;
	struct exchange *exchange;
	struct http_socket *socket;
	int fd;          /* of the socket */
	bool http2;      /* was asked for; once the answer has begun: it came by it */
	bool stopping;   /* http_end was called inside a callback */
	bool touched;    /* see http_touch */
	bool settled;    /* its limits only move away from now on */
	int64_t last_ns; /* the last bytes of the answer arrived; 0 before */
	uint64_t pieces; /* of the body, where they are no reads */
	struct chunks chunks;

	struct http_multi *multi;
	http_fn fn;
	void *context;
	struct http_request *previous, *next; /* of http */
	struct http_request *next_ended, *next_touched;
	enum http_stage stage;

	/* the specification, copied */
	char *method, *body;
	struct http_target *target, *proxy; /* NULL: no URL that can be asked; none */
	char *shown_url;                    /* see http_shown_url */
	size_t body_size;
	struct http_headers *headers;
	struct curl_slist *pins;
	struct http_timeouts timeouts;
	int64_t cancel_after;
	int lane;
	bool tls;

	/* this transfer */
	CURL *curl;
	struct loop_timer timer;
	int64_t began_ns;      /* when http_start was called */
	int64_t ready_ns;      /* connected, just before the request is sent; 0 before */
	int64_t grace_ends_ns; /* how long one that passed waits for unread bytes; 0 */
	int64_t closed_ns;     /* the stamp of the last read of a connection that is closed; 0 */
	int tls_broke;         /* see stamp_ended: how its connection over TLS did that was not said
				  to close; 0 */
	uint64_t reads_before;
	size_t trailers_size; /* bytes */
	int readies;          /* connections that this request was sent on */
	bool opened;          /* a socket was */
	bool fresh;           /* ... since the request was last sent */
	bool interim;         /* these headers are of a 1xx response */
	bool answered;
	bool chunked, coded; /* so says the head of the answer */
	long status;
	int limit;   /* errno of what ran out here for a connection; 0 */
	int failure; /* why an address took none that this machine has a road to: errno; 0 */
	int family;  /* of the last socket that was asked for */
	char *words; /* see http_transfer_hear; NULL: none */
};

struct http_names;

struct http_slot {
	struct http_socket *socket;
	struct http_request *reader; /* past libcurl; here so that an event touches little memory */
};

struct http {
	struct loop *loop;
	struct http_multi **multis;
	size_t multi_count;
	struct http_request *requests; /* all until their fn was called */
	size_t running;
	struct http_request *ended, **ended_tail, *touched;
	struct http_slot *slots; /* by descriptor */
	size_t slot_count, socket_count;
	struct http_names *names;
	struct http_target *last; /* most requests want the same again */
	struct http_headers *last_headers;
	CURL *handles[HTTP_HANDLES_KEPT];
	size_t kept_handles;
	CURLSH *shared; /* TLS sessions: else each handle has a table for them, also for HTTP */
	const char *trusted; /* see http_trusted_file */
	int depth;           /* libcurl is on the stack: no call into it */
};

/* http.c: the request ends; libcurl must not be on the stack. */
void http_finish(
	struct http_request *request, enum exchange_end end, const char *message, int64_t t_ns);
/* Calls the fn of those that ended, which else happens behind all events of this turn. */
void http_deliver(struct http *http);
/* Its URL without what may be secret in it. Borrowed. */
const char *http_shown_url(struct http_request *request);
/* Whom it connects to: the proxy, else the server. */
struct http_target *http_peer(const struct http_request *request);
/* Its limits are looked at when libcurl has returned, by http_look_at_touched. */
void http_touch(struct http_request *request);
void http_look_at_touched(struct http *http);

/* http_multi.c: lets libcurl act on a socket (CURL_CSELECT_...) or on its deadline, and deals with
 * what came of it. */
void http_drive(struct http_multi *multi, curl_socket_t fd, int ready);
/* Neighbouring lanes share a multi and a lane always finds its own again; one that is full sends
 * the request to the next with room. NULL where libcurl gives no more. */
struct http_multi *http_multi_choose(struct http *http, int lane);
void http_multi_free(struct http_multi *multi); /* closes its connections */

/* http_transfer.c: hands a request to libcurl, and takes it away. False where libcurl refuses. */
bool http_transfer_begin(struct http_request *request);
void http_transfer_abandon(struct http_request *request);
/* As libcurl itself does by HTTP/1.1: where a kept connection of HTTP/2 turned out to be closed the
 * request is handed over again. */
bool http_transfer_resend(struct http_request *request, CURLcode code);
bool http_transfer_sent_whole(const struct http_request *request);
/* libcurl writes down why it fails, or has no room to: thousands of answers are read past it. */
void http_transfer_hear(struct http_request *request, bool heard);
/* When the request was sent as far as it is known; EXCHANGE_NONE before. */
int64_t http_transfer_sent_ns(const struct http_request *request);
/* When the last byte of the answer came, or now where none did. */
int64_t http_transfer_ended_ns(const struct http_request *request);

/* When the bytes of the body came that are handed to the exchange next, and by which read. */
struct http_arrival {
	struct stamp stamp;
	uint64_t read; /* its number */
};
struct http_arrival http_transfer_arrival(struct http_request *request);

/* http_body.c: the body of a chunked answer, read past libcurl. */
void http_body_begin_head(struct http_request *request);
void http_body_note_header(struct http_request *request, const char *name, const char *value);
/* The head is whole, and all was sent, so that libcurl has nothing to do with the socket but to
 * read; it may be on the stack. */
void http_body_divert(struct http_request *request);
/* The socket of which it is the reader is readable; libcurl must not be on the stack. */
void http_body_read(struct http_request *request);
/* The request lets go of its socket. */
void http_body_leave(struct http_request *request);

/* http_socket.c: the functions by which libcurl makes and closes sockets, whose contexts are a
 * request and its multi. */
void http_socket_options(CURL *curl);
struct http_slot *http_slot_of(struct http *http, int fd); /* NULL: none of ours */
/* By its two ends; NULL: none of ours. */
struct http_socket *http_socket_find(struct http_request *request, const char *local_ip,
	int local_port, const char *remote_ip, int remote_port);
/* The request is carried by this one from now on; NULL: by none. */
void http_socket_use(struct http_request *request, struct http_socket *socket);
/* libcurl is about to let go of the request, and has. */
void http_socket_unwatch(struct http_request *request);
void http_socket_abandon(struct http_request *request);
void http_format_address(char out[HTTP_ADDRESS_SIZE], const char *ip, int port);

/* http_path.c: the request is about to let go of its socket, which is open still. */
void http_path_note(struct http_request *request);

/* http_outcome.c: what libcurl's result means. */
void http_transfer_ended(struct http_request *request, CURLcode code);
/* One of the addresses took no connection. */
void http_note_failure(struct http_request *request, int error);
/* errno as libcurl met it last with this handle; 0 */
int http_system_error(const struct http_request *request);

/* http_trust.c: the file of certificates to trust; NULL where libcurl's own is here, or none is. */
const char *http_trusted_file(void);

/* http_timeouts.c: sets the request's timer to the limit that passes next, which ends it. */
void http_timeouts_arm(struct http_request *request);
/* Bytes were taken: an answer that is done has little time left to end. */
static inline void http_timeouts_note(struct http_request *request)
{
	if (request->exchange->done)
		http_touch(request);
}

/* http_url.c: NULL on failure, with a sentence in `error`. Both give the caller a use of
 * its own. */
struct http_target *http_target_new(const char *url, struct error *error);
struct http_target *http_target_share(struct http_target *target);
void http_target_leave(struct http_target *target); /* takes NULL */
/* Without user, password, query and fragment; free with free(). */
char *http_target_shown(const struct http_target *target);
/* As names are looked up: the IDNA form where there is one, else the host itself; free(). */
char *http_host_in_ascii(const char *host);

/* http_headers.c: gives the caller a use of its own. */
struct http_headers *http_headers_of(struct http *http, const struct http_spec *spec);
void http_headers_leave(struct http_headers *headers); /* takes NULL */

/* http_resolve.c */
struct http_names *http_names_new(struct loop *loop, struct error *error);
/* Answers every waiting call with an error. */
void http_names_free(struct http_names *names);
/* The pinned addresses of a name that is known already, else NULL. */
const char *http_names_known(struct http_names *names, const char *host, int port);
void http_names_wait(
	struct http_names *names, const char *host, int port, http_resolve_fn fn, void *context);
void http_names_forget(struct http_names *names, http_resolve_fn fn, void *context);

#endif
