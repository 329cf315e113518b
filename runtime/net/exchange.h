/* What happened in one request: every time, every token event, every count, and the judgement. Made
 * by http, read by the recorder and by scripts. Times are monotonic ns, durations ns; EXCHANGE_NONE
 * where a value does not exist, which is never 0. Definitions: `bench help metrics`. */
#ifndef BENCH_NET_EXCHANGE_H
#define BENCH_NET_EXCHANGE_H

#include "base/buffer.h"
#include "net/extract.h"
#include "net/frames.h"
#include "net/stamp.h"

#include <stdint.h>

#define EXCHANGE_NONE INT64_C(-1)
#define EXCHANGE_LINE_LIMIT ((size_t)8 << 20)    /* bytes */
#define EXCHANGE_ANSWER_LIMIT ((size_t)64 << 20) /* bytes of body */
#define EXCHANGE_ERROR_LIMIT ((size_t)64 << 10)  /* bytes kept of a body with a status from 400 */
#define EXCHANGE_CHOICE_LIMIT 1024               /* answers in one stream */
#define EXCHANGE_TOOL_LIMIT 1024                 /* tool calls in one stream */

enum exchange_outcome {
	OUTCOME_RUNNING, /* not ended yet; a killed run's are read as incomplete */
	OUTCOME_OK,
	OUTCOME_FAILED,
	OUTCOME_TRUNCATED,  /* the answer ended without its in-band end */
	OUTCOME_INCOMPLETE, /* cut by our own deadline or end of run */
	OUTCOME_EMPTY,      /* well-formed, no token (chat and complete only) */
	OUTCOME_CANCELLED,  /* cancel_after: the user left; neither success nor error */
	OUTCOME_DROPPED     /* turned away before it started */
};
const char *exchange_outcome_name(enum exchange_outcome outcome);

enum exchange_channel { CHANNEL_CONTENT, CHANNEL_REASONING, CHANNEL_TOOL, CHANNEL_COUNT };

/* flags of a request, a sorted comma-separated list in the database */
enum {
	EXCHANGE_BURST = 1 << 0,       /* the token events came at once: no decode speed */
	EXCHANGE_CORRECTED = 1 << 1,   /* a count was mended from the total (case C5) */
	EXCHANGE_FLUSHED = 1 << 2,     /* the last event lacked its blank line (case A8) */
	EXCHANGE_RESET = 1 << 3,       /* the connection was reset after the answer was whole */
	EXCHANGE_SHORT = 1 << 4,       /* fewer tokens than min_tokens or ignore_eos asked for */
	EXCHANGE_CACHED = 1 << 5,      /* part of the prompt came from a cache */
	EXCHANGE_COALESCED = 1 << 6,   /* token events of one segment share a stamp */
	EXCHANGE_LATE = 1 << 7,        /* started later than planned by our own fault */
	EXCHANGE_NOT_APPLIED = 1 << 8, /* a setting that this server does not have was left out */
	EXCHANGE_RECONNECTED = 1 << 9  /* a kept connection was dead; sent again on a new one */
};
#define EXCHANGE_FLAG_COUNT 10
/* "burst,coalesced" into out; "" for none. */
void exchange_flag_names(unsigned flags, char *out, size_t size);

enum exchange_tokens_source { TOKENS_NONE, TOKENS_USAGE, TOKENS_TOKENIZER, TOKENS_EVENTS };
const char *exchange_tokens_source_name(enum exchange_tokens_source source);

/* What a token event is beside its time; small, since each of a stream has one once one of them is
 * unusual. */
struct exchange_mark {
	uint32_t tokens : 28; /* in this event; 1 unless running totals say otherwise */
	uint32_t channel : 2; /* enum exchange_channel */
	bool shared : 1;      /* has the stamp of the event before it: out of the same segment */
	bool counted : 1;     /* tokens comes from the server's running total */
};
#define EXCHANGE_EVENT_TOKENS ((1U << 28) - 1) /* that an event has at most */

static inline struct exchange_mark exchange_mark(
	uint32_t tokens, enum exchange_channel channel, bool shared, bool counted)
{
	return (struct exchange_mark){
		tokens & EXCHANGE_EVENT_TOKENS, (uint32_t)channel & 3, shared, counted};
}

struct exchange_tool_call {
	int choice, index; /* as the server numbers them; two calls may share both */
	struct buffer id, name, arguments;
	size_t whole_at; /* the message that brought the arguments in one piece; 0: none did */
	bool resent;     /* each piece has all arguments so far, instead of the next ones */
	int open;        /* brackets of the arguments that are not closed yet */
	bool in_text, escaped; /* where the arguments stand */
	uint16_t half;         /* as of a text */
};

/* How the pieces of a text came: each may be all of it so far, instead of the next one. */
struct exchange_pieces {
	size_t last;    /* bytes of the last one */
	unsigned count; /* that were not empty */
	unsigned grown; /* pieces that began with the whole one before and went on */
	bool apart;     /* one did not begin so */
	uint16_t half;  /* of a character, with which the last one ended; 0: none */
};

/* One of several answers (n > 1); almost always there is one. */
struct exchange_answer {
	struct buffer content, reasoning;
	struct exchange_pieces content_pieces, reasoning_pieces;
	struct buffer finish;        /* the finish reason, empty until it came */
	struct buffer native_finish; /* that of the server behind a gateway, where it is told */
	bool seen; /* the stream named it; while it runs, false in the gaps of an odd numbering */
	bool ended;
	bool in_pieces;       /* a text came that was the next one, not all of them */
	bool calls_in_pieces; /* the same of the calls of tools */
	int64_t output_tokens, reasoning_tokens; /* counted beside it; EXCHANGE_NONE, 0 */
};

enum exchange_end { END_NONE, END_CLEAN, END_CUT, END_RESET };

struct exchange {
	/* what each event touches, close together: of thousands of streams nothing else is in the
	 * cache when one speaks */
	const struct extract_plan *plan; /* borrowed; NULL: plain HTTP, the body is kept */
	const char *done_text;           /* borrowed; "[DONE]" or NULL */
	enum exchange_outcome outcome;
	unsigned flags;
	bool wants_tokens; /* chat and complete: no token is `empty` */
	bool keep_body;
	bool stream;
	bool streamed; /* the answer came as events */
	bool lump;     /* the first token events came at once, the rest later */
	bool done;
	bool stamped_by_kernel, stamped_by_clock;
	uint64_t bytes, reads; /* of body; reads of the socket that brought them */
	int64_t t_start;       /* t0: handed to the transport the first time */
	int64_t t_attempt;     /* start of the last attempt */
	int64_t t_first_event, t_first_token, t_first_content, t_last_token;
	/* ns from each token event to the one before, half as large as its time: see exchange_gap.
	 * `long_gaps` instead once one does not fit */
	uint32_t *gaps;
	int64_t *long_gaps;
	/* NULL while every event is as most are: one token of content, by itself */
	struct exchange_mark *event_marks;
	size_t event_count, event_capacity;
	struct exchange_answer *answers;
	size_t answer_count;
	struct frames *frames; /* these two are private to exchange*.c */
	struct exchange_state *state;

	/* what was wanted, like plan, done_text and three of the flags above: set by the caller
	 * before http_start */
	const char *const *failed_finish; /* borrowed, NULL-terminated: a reason that holds one of
					     these words, in any case, is a failure */
	enum frames_kind framing; /* when it streams and the answer does not say otherwise */
	int64_t answers_wanted;   /* a stream is not whole before so many have ended, unless it
				     says that it is done; EXCHANGE_NONE */

	/* other times */
	int64_t t_sched;
	int64_t t_dns, t_connected, t_tls; /* EXCHANGE_NONE on a reused connection */
	int64_t t_sent, t_headers, t_first_byte;
	int64_t t_finish, t_usage;
	int64_t t_done; /* done_text came */
	int64_t t_end;  /* the transport was done */

	/* the wire */
	int attempts;
	long http_status;      /* 0 when none came */
	int64_t round_trip;    /* the shortest to the peer; EXCHANGE_NONE of one that is here */
	char address[64];      /* the peer's address and port */
	bool here;             /* the peer is this machine */
	bool packet_loss;      /* the network lost packets of it, or mixed their order */
	char http_version[4];  /* of the answer: "1.1"; "" before it */
	struct buffer headers; /* of the last attempt: "name: value\n", names lower case */
	struct buffer body;    /* where kept, and for statuses from 400 */
	bool http2;            /* it came by HTTP/2 */
	bool no_numbers;       /* NaN or Infinity stood in it, and were read as null */
	enum exchange_end end;

	/* the answer */
	struct exchange_tool_call *tool_calls;
	size_t tool_call_count;
	struct buffer model, usage; /* usage: the last one, as it stood */

	/* counts and the server's own clock */
	int64_t prompt_tokens, evaluated_tokens, cached_tokens, output_tokens, reasoning_tokens,
		total_tokens;
	enum exchange_tokens_source tokens_source;
	int64_t server_load, server_queue, server_prefill, server_decode, server_total;
	int64_t server_decode_tokens;
	int cold_start; /* -1 unknown, 0, 1 */

	/* why it was judged so */
	char error_kind[24]; /* "" when none; names as in `bench help reply` */
	struct buffer error_message;
};

struct exchange *exchange_new(void); /* every time and count EXCHANGE_NONE */
void exchange_free(struct exchange *exchange);

/* Fed by http, in this order, any number of times. All return false when the request must be ended
 * (its error is set then). */
void exchange_start(struct exchange *exchange, int64_t t_ns);
bool exchange_header(struct exchange *exchange, const char *name, const char *value);
/* All headers of the final response are there. */
bool exchange_headers_done(struct exchange *exchange, long status, int64_t t_ns);
/* Bytes of the body; `read` is the socket's read counter, to know what shared a read. */
bool exchange_bytes(struct exchange *exchange, const char *data, size_t size, struct stamp stamp,
	uint64_t read);
/* Whether all is there of an answer that still runs, or the server said that it failed: nothing
 * that may come changes it. */
bool exchange_said_all(const struct exchange *exchange);
/* The transport is done. message: curl's words for a cut or reset, else NULL. Judges the outcome,
 * unless exchange_fail did before. */
void exchange_end(
	struct exchange *exchange, enum exchange_end end, const char *message, int64_t t_ns);
/* Sets outcome, kind and message; the first call wins. */
void exchange_fail(struct exchange *exchange, enum exchange_outcome outcome, const char *kind,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Forgets the wire and the answer, keeps t_start and what was wanted, counts an attempt. */
void exchange_retry(struct exchange *exchange);

/* Called for each token event after it was booked, if set (on_token). text is borrowed. */
typedef void (*exchange_token_fn)(void *context, const char *text, size_t size, int64_t t_ns);
void exchange_on_token(struct exchange *exchange, exchange_token_fn fn, void *context);

/* What is true of the event of that number, from 0. */
struct exchange_mark exchange_mark_of(const struct exchange *exchange, size_t event);
/* ns since the event before it; 0 of the first, which came at t_first_token. They add up to
 * t_last_token. */
static inline int64_t exchange_gap(const struct exchange *exchange, size_t event)
{
	return exchange->gaps != NULL ? exchange->gaps[event] : exchange->long_gaps[event];
}
/* A token event that is not before the last one: its time, and t_last_token. */
void exchange_add_event(struct exchange *exchange, int64_t t_ns, struct exchange_mark mark);

/* Definitions, in ns or tokens; EXCHANGE_NONE where undefined. */
int64_t exchange_ttft(const struct exchange *exchange); /* first token event - t0; streamed only */
int64_t exchange_ttfc(const struct exchange *exchange); /* first content event - t0 */
int64_t exchange_e2e(const struct exchange *exchange);  /* last one - t0; no stream of them: end */
double exchange_tpot(const struct exchange *exchange);  /* (last - first) / (N - 1), ns; -1 */
double exchange_server_decode_tps(const struct exchange *exchange); /* (N - 1) / span; -1 */

#endif
