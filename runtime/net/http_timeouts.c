/* How long a request may take. The limits are ours, not libcurl's, whose timers know nothing of
 * tokens: a ping keeps a connection alive, not a generation. One timer per request stands at or
 * before the nearest limit; when it fires too early it is set again. */
#include "net/http_state.h"

#include "base/clock.h"
#include "base/units.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>

/* When a limit passes while bytes wait unread, it was we who were late, not the server; but a
 * server that never stops sending has bytes waiting, too. */
#define GRACE_NS CLOCK_MS_NS
#define GRACE_MOST_NS CLOCK_SECOND_NS

/* What is left of an answer behind the word that ends it: the end of its body. */
#define LINGER_NS CLOCK_SECOND_NS

enum limit {
	LIMIT_NONE,
	LIMIT_CONNECT,
	LIMIT_FIRST,
	LIMIT_IDLE,
	LIMIT_TOTAL,
	LIMIT_CANCEL,
	LIMIT_LINGER
};

struct nearest {
	enum limit limit;
	int64_t deadline_ns;
};

static void consider(struct nearest *nearest, enum limit limit, int64_t from_ns, int64_t allowed_ns)
{
	if (allowed_ns == EXCHANGE_NONE || from_ns == EXCHANGE_NONE)
		return;
	int64_t deadline = from_ns > INT64_MAX - allowed_ns ? INT64_MAX : from_ns + allowed_ns;
	if (nearest->limit != LIMIT_NONE && nearest->deadline_ns <= deadline)
		return;
	*nearest = (struct nearest){limit, deadline};
}

static bool waits_for_tokens(const struct exchange *exchange)
{
	return exchange->plan != NULL && exchange->http_status < 300;
}

/* The answer has begun, by what this kind of request waits for. */
static bool has_begun(const struct exchange *exchange)
{
	if (waits_for_tokens(exchange))
		return exchange->t_first_token != EXCHANGE_NONE;
	return exchange->t_first_byte != EXCHANGE_NONE;
}

static int64_t latest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A usage that comes with every message is none before the end, and none behind it. */
static int64_t last_sign_of_life(const struct http_request *request)
{
	const struct exchange *exchange = request->exchange;
	if (!waits_for_tokens(exchange))
		return request->last_ns;
	int64_t last = latest(exchange->t_last_token, latest(exchange->t_finish, exchange->t_done));
	bool counts = exchange->t_finish != EXCHANGE_NONE && !exchange->done;
	return counts ? latest(last, exchange->t_usage) : last;
}

static struct nearest nearest_limit(const struct http_request *request)
{
	const struct http_timeouts *timeouts = &request->timeouts;
	struct nearest nearest = {LIMIT_NONE, INT64_MAX};
	int64_t sent = http_transfer_sent_ns(request);
	int64_t start = request->exchange->t_attempt;
	if (start == EXCHANGE_NONE)
		start = request->began_ns;
	consider(&nearest, LIMIT_TOTAL, start, timeouts->total);
	if (request->readies == 0) {
		consider(&nearest, LIMIT_CONNECT, request->began_ns, timeouts->connect);
		return nearest;
	}
	consider(&nearest, LIMIT_CANCEL, sent, request->cancel_after);
	if (request->exchange->done)
		consider(&nearest, LIMIT_LINGER, last_sign_of_life(request), LINGER_NS);
	if (has_begun(request->exchange))
		consider(&nearest, LIMIT_IDLE, last_sign_of_life(request), timeouts->idle);
	else
		consider(&nearest, LIMIT_FIRST, sent, timeouts->first_token);
	return nearest;
}

#define WORDS_SIZE 1024 /* bytes */

static void describe(struct http_request *request, enum limit limit, char *words)
{
	static const char *const formats[] = {
		[LIMIT_CONNECT] = "no connection to %s within %s",
		[LIMIT_FIRST] = "nothing of the answer of %s came within %s",
		[LIMIT_IDLE] = "%s was silent for %s in the middle of its answer",
		[LIMIT_TOTAL] = "the answer of %s took longer than %s",
		[LIMIT_CANCEL] = "the request to %s was cancelled %s after it was sent",
	};
	const int64_t allowed[] = {[LIMIT_CONNECT] = request->timeouts.connect,
		[LIMIT_FIRST] = request->timeouts.first_token,
		[LIMIT_IDLE] = request->timeouts.idle,
		[LIMIT_TOTAL] = request->timeouts.total,
		[LIMIT_CANCEL] = request->cancel_after};
	char duration[32];
	bool is_nameless = limit == LIMIT_CONNECT && request->stage == HTTP_LOOKING_UP;
	const char *format =
		is_nameless ? "the host of %s was not looked up within %s" : formats[limit];
	units_format_duration(allowed[limit], duration, sizeof duration);
	snprintf(words, WORDS_SIZE, format, http_shown_url(request), duration);
}

static void pass(struct http_request *request, enum limit limit)
{
	static const char *const kinds[] = {[LIMIT_CONNECT] = "connect_timeout",
		[LIMIT_FIRST] = "first_token_timeout",
		[LIMIT_IDLE] = "idle_timeout",
		[LIMIT_TOTAL] = "total_timeout"};
	struct exchange *exchange = request->exchange;
	int64_t now = clock_now_ns();
	char words[WORDS_SIZE];
	/* a server that has said all and keeps the connection open does not fail by that */
	if (limit == LIMIT_LINGER || exchange_said_all(exchange)) {
		http_finish(request, END_CUT, "the connection stayed open after the answer", now);
		return;
	}
	describe(request, limit, words);
	if (limit == LIMIT_CANCEL)
		exchange_fail(exchange, OUTCOME_CANCELLED, "", "%s", words);
	else if (exchange->http_status < 300) /* above, the status says more than a silent body */
		exchange_fail(exchange, OUTCOME_FAILED, kinds[limit], "%s", words);
	http_finish(request, END_CUT, words, now);
}

static bool bytes_wait(const struct http_request *request)
{
	if (request->socket == NULL)
		return false;
	struct pollfd readable = {.fd = request->socket->fd, .events = POLLIN};
	const struct timespec now = {0}; /* ppoll: poll() is stamp.c's, and made for libcurl */
	return ppoll(&readable, 1, &now, NULL) > 0 && (readable.revents & POLLIN);
}

static void on_timer(void *context)
{
	struct http_request *request = context;
	struct nearest nearest = nearest_limit(request);
	int64_t now = clock_now_ns();
	if (nearest.limit == LIMIT_NONE || nearest.deadline_ns > now) {
		request->grace_ends_ns = 0;
		http_timeouts_arm(request);
		return;
	}
	bool ours = nearest.limit == LIMIT_FIRST || nearest.limit == LIMIT_IDLE;
	if (request->grace_ends_ns == 0)
		request->grace_ends_ns = now + GRACE_MOST_NS;
	if (ours && now < request->grace_ends_ns && bytes_wait(request)) {
		loop_timer_set(request->http->loop, &request->timer, now + GRACE_NS);
		return;
	}
	pass(request, nearest.limit);
}

void http_timeouts_arm(struct http_request *request)
{
	struct nearest nearest = nearest_limit(request);
	struct loop_timer *timer = &request->timer;
	timer->fn = on_timer;
	timer->context = request;
	request->settled = request->answered && has_begun(request->exchange);
	if (nearest.limit == LIMIT_NONE)
		return;
	if (timer->position == 0 || nearest.deadline_ns < timer->deadline_ns)
		loop_timer_set(request->http->loop, timer, nearest.deadline_ns);
}
