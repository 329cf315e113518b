/* libcurl and the loop: sockets that are ready, one deadline a multi, and what each wants to wait
 * for. Several multis, since libcurl searches linearly in places. */
#include "net/http_state.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>

#define READS_MOST 16 /* of libcurl in a turn: a thousand frames of HTTP/2 in each take 20 ms */
#define MULTIS_BY_LANE 64
#define KEPT_PER_MULTI (4L * HTTP_HANDLES_PER_MULTI)

static void take_results(struct http_multi *multi)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(multi->curl, &left)) != NULL) {
		struct http_request *request = NULL;
		CURLcode code = message->data.result;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
		http_transfer_ended(request, code);
	}
}

/* Where an address of a name is given up libcurl (7.88) makes the next one ready, and asks for no
 * turn in which to try it. The one call that gives all transfers a turn and says what sockets they
 * then wait for is deprecated, since that takes long; it is rarely needed here. */
static void try_next_addresses(struct http_multi *multi)
{
	int running;
	while (multi->gave_up) {
		multi->gave_up = false;
		CURL_IGNORE_DEPRECATION(curl_multi_socket_all(multi->curl, &running);)
	}
}

void http_drive(struct http_multi *multi, curl_socket_t fd, int ready)
{
	struct http *http = multi->http;
	int running;
	http->depth++;
	stamp_begin_turn(READS_MOST);
	curl_multi_socket_action(multi->curl, fd, ready, &running);
	try_next_addresses(multi);
	http->depth--;
	take_results(multi);
	http_look_at_touched(http);
}

static void act_on(struct http_multi *multi, int fd, unsigned ready)
{
	const struct http_slot *slot = http_slot_of(multi->http, fd);
	if (slot != NULL && slot->reader != NULL) {
		http_body_read(slot->reader);
		return;
	}
	if (slot != NULL && slot->socket->resting) {
		loop_unwatch(multi->http->loop, fd);
		return;
	}
	int bits = (ready & LOOP_READ ? CURL_CSELECT_IN : 0) |
		   (ready & LOOP_WRITE ? CURL_CSELECT_OUT : 0);
	http_drive(multi, fd, bits);
}

/* Who waits for an answer is told at once, and has its turn of the script in this turn of
 * the loop. */
static void on_ready(void *context, int fd, unsigned ready)
{
	struct http_multi *multi = context;
	act_on(multi, fd, ready);
	http_deliver(multi->http);
}

static void on_deadline(void *context)
{
	http_drive(context, CURL_SOCKET_TIMEOUT, 0);
}

/* The loop keeps watching a connection that is kept: the next request costs no system call for
 * that, and should the server close it, that is noticed once. */
static int on_interest(CURL *curl, curl_socket_t fd, int what, void *context, void *unused)
{
	struct http_multi *multi = context;
	const struct http_slot *slot = http_slot_of(multi->http, fd);
	(void)curl, (void)unused;
	unsigned interest =
		(what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	bool kept = what == CURL_POLL_REMOVE && slot != NULL && slot->socket->opener == NULL;
	if (slot != NULL)
		slot->socket->resting = kept;
	if (kept)
		return 0;
	multi->gave_up |= what == CURL_POLL_REMOVE && slot != NULL;
	if (what == CURL_POLL_REMOVE)
		loop_unwatch(multi->http->loop, fd);
	else
		loop_watch(multi->http->loop, fd, interest, on_ready, multi);
	return 0;
}

/* Set here and never run from here: libcurl is on the stack. */
static int on_timer(CURLM *curl, long timeout_ms, void *context)
{
	struct http_multi *multi = context;
	(void)curl;
	if (timeout_ms < 0)
		loop_timer_clear(multi->http->loop, &multi->timer);
	else
		loop_timer_set(multi->http->loop, &multi->timer,
			clock_now_ns() + timeout_ms * CLOCK_MS_NS);
	return 0;
}

/* ---- multis ---- */

static struct http_multi *multi_new(struct http *http)
{
	CURLM *curl = curl_multi_init();
	if (curl == NULL)
		return NULL;
	struct http_multi *multi = memory_new(sizeof *multi);
	*multi = (struct http_multi){.http = http, .curl = curl};
	multi->timer = (struct loop_timer){.fn = on_deadline, .context = multi};
	curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, on_interest);
	curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, multi);
	curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(curl, CURLMOPT_TIMERDATA, multi);
	curl_multi_setopt(curl, CURLMOPT_MAXCONNECTS, KEPT_PER_MULTI);
	curl_multi_setopt(curl, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return multi;
}

void http_multi_free(struct http_multi *multi)
{
	curl_multi_cleanup(multi->curl);
	loop_timer_clear(multi->http->loop, &multi->timer);
	free(multi->pinned);
	free(multi);
}

static struct http_multi *multi_at(struct http *http, size_t index)
{
	http->multis = memory_reaching(
		http->multis, index, &http->multi_count, sizeof(struct http_multi *));
	if (http->multis[index] == NULL)
		http->multis[index] = multi_new(http);
	return http->multis[index];
}

struct http_multi *http_multi_choose(struct http *http, int lane)
{
	size_t index = ((unsigned)lane / HTTP_HANDLES_PER_MULTI) % MULTIS_BY_LANE;
	struct http_multi *multi = multi_at(http, index);
	while (multi != NULL && multi->running >= HTTP_HANDLES_PER_MULTI)
		multi = multi_at(http, ++index);
	return multi;
}
