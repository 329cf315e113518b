/* Most of what a benchmark reads is chunked answers, a chunk an event, and libcurl needs as long
 * for a chunk as all the rest of us for an event. So the body of such an answer is read past it:
 * its head is handed over by itself (stamp.h), the chunks are taken here, and from the first that
 * is not of the usual kind, the last one at the latest, libcurl has the word again. For libcurl
 * such an answer has an empty body; how it ends, also by an error, is libcurl's to say. */
#include "net/http_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define READ_SIZE 16384
#define READS_MOST 100 /* of one connection before others have their turn */

void http_body_begin_head(struct http_request *request)
{
	request->chunked = request->coded = false;
	if (request->socket != NULL && !request->tls && !request->http2)
		stamp_cut_head(request->fd);
}

/* "UTF-8" is how a text is written, not how it is packed, but servers say it here. */
static bool is_packed(const char *coding)
{
	static const char *const others[] = {"identity", "utf", "us-ascii", "iso-8859", "gb"};
	bool packed = true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		packed &= strncasecmp(coding, others[i], strlen(others[i])) != 0;
	return packed || strchr(coding, ',') != NULL;
}

void http_body_note_header(struct http_request *request, const char *name, const char *value)
{
	bool chunked = strcasecmp(value, "chunked") == 0;
	if (strcasecmp(name, "transfer-encoding") == 0) {
		request->chunked |= chunked;
		request->coded |= !chunked;
	}
	if (strcasecmp(name, "content-encoding") != 0)
		return;
	request->coded |= is_packed(value);
	curl_easy_setopt(request->curl, CURLOPT_HTTP_CONTENT_DECODING, request->coded ? 1L : 0L);
}

void http_body_divert(struct http_request *request)
{
	if (request->socket == NULL || !request->chunked || request->coded ||
		!stamp_divert(request->fd))
		return;
	http_slot_of(request->http, request->fd)->reader = request;
	request->chunks = (struct chunks){.left = 0};
	http_transfer_hear(request, false);
}

static void stop_reading(struct http_request *request)
{
	int fd = request->fd;
	http_slot_of(request->http, fd)->reader = NULL;
	stamp_hand_back(fd, request->chunks.line, request->chunks.line_size);
}

void http_body_leave(struct http_request *request)
{
	if (request->socket != NULL && http_slot_of(request->http, request->fd)->reader != NULL)
		stop_reading(request);
}

/* ---- reading ---- */

/* What a read came to. */
enum reading { READ_ON, HAND_BACK, BROKEN, UNWANTED };

static enum reading take(struct http_request *request, const char *data, size_t size)
{
	struct http_arrival now = http_transfer_arrival(request);
	const char *piece;
	size_t piece_size;
	for (;;) {
		switch (chunks_next(&request->chunks, &data, &size, &piece, &piece_size)) {
		case CHUNKS_MORE:
			http_timeouts_note(request);
			return READ_ON;
		case CHUNKS_PIECE:
			if (!exchange_bytes(
				    request->exchange, piece, piece_size, now.stamp, now.read))
				return UNWANTED;
			break;
		case CHUNKS_OTHER:
			stop_reading(request);
			stamp_hand_back(request->fd, data, size);
			return HAND_BACK;
		case CHUNKS_BROKEN:
			return BROKEN;
		}
	}
}

static enum reading read_some(struct http_request *request, bool *more)
{
	char data[READ_SIZE];
	ssize_t got = stamp_read(request->fd, data, sizeof data, more);
	if (got > 0)
		return take(request, data, (size_t)got);
	*more = false;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return READ_ON;
	stop_reading(request);
	return HAND_BACK;
}

static enum reading read_while_more(struct http_request *request)
{
	enum reading reading = READ_ON;
	bool more = true;
	for (int i = 0; i < READS_MOST && more && reading == READ_ON && !request->stopping; i++)
		reading = read_some(request, &more);
	return reading;
}

/* It may need several reads for what it was handed back, and the loop would not call it
 * for them. */
static void let_libcurl_read(struct http_request *request)
{
	size_t owed, owed_before;
	http_transfer_hear(request, true);
	do {
		owed_before = stamp_owed(request->fd);
		http_drive(request->multi, request->fd, CURL_CSELECT_IN);
		owed = stamp_owed(request->fd);
	} while (request->stage == HTTP_RUNNING && owed > 0 && owed < owed_before);
}

void http_body_read(struct http_request *request)
{
	struct http *http = request->http;
	http->depth++;
	enum reading reading = read_while_more(request);
	http->depth--;
	if (reading == HAND_BACK) {
		let_libcurl_read(request);
		return;
	}
	if (reading == BROKEN) {
		http_transfer_hear(request, true);
		snprintf(request->words, CURL_ERROR_SIZE,
			"a chunk does not end where its size says (chunked-encoding)");
	}
	if (reading != READ_ON)
		http_transfer_ended(
			request, reading == BROKEN ? CURLE_RECV_ERROR : CURLE_WRITE_ERROR);
	http_look_at_touched(http);
}
