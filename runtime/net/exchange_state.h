/* What the files of exchange share and nobody else sees. */
#ifndef BENCH_NET_EXCHANGE_STATE_H
#define BENCH_NET_EXCHANGE_STATE_H

#include "net/exchange.h"

#define EXCHANGE_HEAD_SIZE ((size_t)500) /* bytes of a body or message that an error quotes */

enum exchange_mode {
	MODE_UNDECIDED, /* before the headers */
	MODE_SNIFF,     /* the first byte that is not blank, or line of JSON, decides the framing */
	MODE_FRAMES,    /* messages for the plan */
	MODE_KEEP       /* the body is kept and not read: plain HTTP, and statuses from 400 */
};

/* What one message held. */
struct exchange_message {
	bool channels[CHANNEL_COUNT];   /* non-empty text, by enum exchange_channel */
	struct exchange_answer *choice; /* the answer that it belongs to, the last of several */
	bool usage, words, unusable;
	bool text;         /* there is one, empty or not */
	bool end;          /* of an answer */
	bool error;        /* it says that this is what it is */
	bool bare_failure; /* it says that it is one, not which */
	size_t size;       /* bytes of its texts */
	int64_t total;     /* output tokens */
	int64_t reasoning; /* tokens */
};

/* Who is told of each token event. */
struct exchange_listener {
	exchange_token_fn fn;
	void *context;
	struct buffer texts[CHANNEL_COUNT]; /* of this message */
};

/* One of the tool calls in a message. */
struct exchange_tool_piece {
	size_t message;
	int choice, index;
	bool numbered; /* by the server; else by its place in the list */
	bool by_id;    /* it belongs to the last call, whatever its number */
};

struct exchange_state {
	/* what each event touches, close together */
	enum exchange_mode mode;
	bool whole; /* the body is one message */
	bool lines; /* of JSON */
	bool finished, failed, malformed, bad_tail;
	bool in_words;      /* its failure is words alone, and none if the answer goes on */
	bool strange;       /* the last message held nothing of an answer */
	bool no_end;        /* it stood in the place of an end */
	bool uncounted;     /* running totals: see count_event */
	bool outdated;      /* text came behind the last count */
	struct stamp stamp; /* of the bytes that are fed now */
	size_t waiting;     /* frames_waiting, and when that event was complete */
	struct stamp waiting_stamp;
	int64_t event_ns; /* the stamp of the last token event */
	int64_t line_ns;  /* the stamp of the bytes that began the line at hand; NONE: of these */
	uint64_t read;
	size_t messages;
	struct exchange_message now;
	int64_t total, highest_total;       /* running totals */
	struct exchange_listener *listener; /* NULL: nobody */

	char content_type[64];
	struct buffer location;
	struct buffer opening; /* what has come while the framing is open */
	struct buffer head;    /* the first bytes of the body, until a message is found in it */

	/* usage of each answer by itself: see book_usage */
	size_t lone_usages;
	int64_t lone_output, lone_reasoning;

	size_t last_tool;    /* the call that the last piece belonged to */
	bool numbered_tools; /* a call had a number */
	struct exchange_tool_piece tool_piece;
	struct buffer next_tool_id; /* of the call that the next name begins; empty: of none */
	bool same_tool_id;          /* the id of the call came again with this piece */
	bool named_tool;            /* a name came with it */

	struct buffer complaint; /* the server's failure, or what was malformed */
	struct buffer stranger;  /* the last message that held nothing of an answer, or, before its
				  * first token, nothing that we know */
};

/* The answer of this number, a new one where there was none; the message belongs to it. NULL, and
 * the message is unusable, for a number that none can have. */
struct exchange_answer *exchange_answer_of(struct exchange *exchange, int choice);
/* Whether it says all of a text once more behind its pieces, as some servers do at the end. */
bool exchange_repeats(const struct exchange_pieces *pieces, const struct buffer *text,
	const struct extract_value *piece);
/* A piece that will stand behind this text. */
void exchange_note_piece(struct exchange_pieces *pieces, const struct buffer *text,
	const struct extract_value *piece);
/* Appends a piece. A character of which each of two pieces holds half is put together. */
void exchange_append_piece(struct buffer *text, uint16_t *half, const struct extract_value *piece);
/* Where each piece was all of a text so far, the last one is the text. */
void exchange_settle_pieces(struct exchange *exchange);
/* The message has text in this channel. */
void exchange_note_text(
	struct exchange *exchange, enum exchange_channel channel, const char *text, size_t size);
/* exchange_field.c: the callbacks of extract, of a message of the answer, of what comes behind the
 * word that ends the stream, where some servers count, and of what can only be an error. */
void exchange_take_field(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value);
void exchange_take_late_field(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value);
void exchange_take_failure_field(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value);
/* And not in words alone, behind which an answer may go on. */
bool exchange_has_failed(const struct exchange_state *state);
/* A tool call of the message has this number from the server; before its fields. */
void exchange_note_tool_number(struct exchange *exchange, int choice, int index);
/* A field of a tool call. */
void exchange_take_tool(struct exchange *exchange, enum extract_field field, int choice, int tool,
	const struct extract_value *value);
/* Whether a message has text, in whichever channel. */
bool exchange_is_event(const struct exchange_message *message);
/* A token event, where the message of a stream has text; its running total in any case. */
void exchange_book_event(struct exchange *exchange);
/* The callback of frames. */
void exchange_take_message(void *context, const struct frames_message *message);
/* While the framing is open: decides it as soon as the bytes tell. -> those still to be read. */
const char *exchange_sniff(struct exchange *exchange, const char *data, const char *end);
void exchange_sniff_end(struct exchange *exchange); /* no more will tell */
/* Of lines that nobody promised, and of what calls itself an object, one alone is a whole answer.
 */
bool exchange_is_one_object(const struct exchange *exchange);
/* At the end: settles the counts and their source, and sets the flags that follow from them. */
void exchange_settle(struct exchange *exchange);
/* In whichever channel of whichever answer. */
bool exchange_has_text(const struct exchange *exchange);
void exchange_judge(struct exchange *exchange, const char *message);
/* Whether a finish reason, or the name of an event, is a server's that gave up. */
bool exchange_gave_up(const struct exchange *exchange, const char *name);

/* Appends the text of a page of HTML or XML without its tags; nothing where it shows none. */
void exchange_page_words(struct buffer *out, const char *text, size_t size);
/* Appends at most `most` bytes, cut at a whole character, as valid UTF-8; a NUL becomes a blank. */
void exchange_quote(struct buffer *out, const char *text, size_t size, size_t most);

#endif
