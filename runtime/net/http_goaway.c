/* A server may tell a connection of HTTP/2 to end (GOAWAY) and still answers what was asked before.
 * With the end of the last answer nghttp2 has nothing left to read, and libcurl 7, which asks it
 * first, then drops what it has of that answer and did not hand over yet, the last message as a
 * rule, and says that all went well. A request that came too late for such a connection it calls
 * broken instead of asking again by a new one, and an answer whole that breaks the protocol. So its
 * question comes here (as in http_tls_later.c), and the answer is always yes: libcurl then looks
 * for the end of its own request, and for that of the connection. */
#define OURS __attribute__((visibility("default")))

#ifdef BENCH_STATIC
#define CALLED "__wrap_nghttp2_session_want_read"
#else
#define CALLED "nghttp2_session_want_read"
#endif

struct nghttp2_session;

OURS int want_to_read(struct nghttp2_session *session) __asm__(CALLED);

int want_to_read(struct nghttp2_session *session)
{
	(void)session;
	return 1;
}
