#include "sim/play.h"

#include "base/clock.h"
#include "base/input.h"
#include "base/memory.h"
#include "sim/play_parse.h"
#include "sim/sim_connection.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES ((size_t)256 << 20)

struct playing;

struct repeater {
	struct playing *playing;
	const struct play_every *every;
	int64_t next_ns; /* absolute */
	struct loop_timer timer;
};

/* One answer on its way. */
struct playing {
	const struct play_script *script;
	struct sim_reply *reply;
	struct loop *loop;
	size_t step, byte;
	struct loop_timer timer;
	struct repeater *repeaters;
};

struct play *play_read(const char *path, struct error *error)
{
	struct error cause;
	struct buffer text;
	struct play *play = NULL;
	buffer_init(&text, FILE_MAX_BYTES);
	if (input_read(path, &text, &cause))
		play = play_parse(path, buffer_string(&text), text.size, error);
	else
		error_set(error, ERROR_SYSTEM, "sim: cannot read the play file %s: %s", path,
			cause.message);
	buffer_free(&text);
	return play;
}

static void stop(struct playing *playing)
{
	loop_timer_clear(playing->loop, &playing->timer);
	for (size_t i = 0; i < playing->script->every_count; i++)
		loop_timer_clear(playing->loop, &playing->repeaters[i].timer);
	free(playing->repeaters);
	free(playing);
}

static void abandon(void *work)
{
	stop(work);
}

/* Only a status line and what the file says stand in the head, and how long the answer is. */
static void queue_head(struct playing *playing)
{
	struct sim_reply *reply = playing->reply;
	const struct play_script *script = playing->script;
	if (reply->headed || script->framing == PLAY_RAW)
		return;
	reply->headed = true;
	struct buffer out = BUFFER_EMPTY;
	buffer_format(&out, "HTTP/1.1 %d %s\r\n", script->status, sim_reply_reason(script->status));
	if (!script->has_type)
		buffer_text(&out, "Content-Type: text/event-stream\r\n");
	buffer_append(&out, buffer_string(&script->headers), script->headers.size);
	reply->chunked = script->framing == PLAY_CHUNKED && !reply->http->http10;
	if (reply->chunked)
		buffer_text(&out, "Transfer-Encoding: chunked\r\n");
	else if (script->framing == PLAY_LENGTH)
		buffer_format(&out, "Content-Length: %zu\r\n", script->body_size);
	else
		reply->close = true;
	if (script->closes)
		reply->close = true;
	else if (reply->close)
		buffer_text(&out, "Connection: close\r\n");
	buffer_text(&out, "\r\n");
	sim_reply_bytes(reply, out.data, out.size);
	buffer_free(&out);
}

static void send_bytes(struct playing *playing, const char *data, size_t size, int64_t planned_ns)
{
	queue_head(playing);
	playing->reply->planned_ns = planned_ns;
	sim_reply_chunk(playing->reply, data, size);
	sim_reply_flush(playing->reply);
}

static void end(struct playing *playing, enum play_act act)
{
	struct sim_reply *reply = playing->reply;
	if (act == PLAY_END)
		queue_head(playing);
	stop(playing);
	reply->abandon = NULL;
	if (act == PLAY_END)
		sim_reply_end(reply);
	else if (act == PLAY_CLOSE)
		sim_connection_done(reply->connection, true);
	else
		sim_connection_reset(reply->connection);
}

/* When the current step, or its next byte, is due. */
static int64_t due_ns(const struct playing *playing)
{
	const struct play_step *step = &playing->script->steps[playing->step];
	return playing->reply->received_ns + step->at_ns + step->byte_ns * (int64_t)playing->byte;
}

/* Does the current step, or sends its next byte. False: the answer is over. */
static bool advance(struct playing *playing)
{
	const struct play_step *step = &playing->script->steps[playing->step];
	int64_t planned = due_ns(playing);
	if (step->act == PLAY_HEAD) {
		queue_head(playing);
		playing->reply->planned_ns = planned;
		sim_reply_flush(playing->reply);
	} else if (step->act != PLAY_SEND) {
		playing->reply->planned_ns = planned;
		end(playing, step->act);
		return false;
	} else if (step->byte_ns) {
		send_bytes(playing, step->data + playing->byte, 1, planned);
		if (++playing->byte < step->size)
			return true;
		playing->byte = 0;
	} else {
		send_bytes(playing, step->data, step->size, planned);
	}
	playing->step++;
	return true;
}

static void play_on(void *context)
{
	struct playing *playing = context;
	while (playing->step < playing->script->step_count && due_ns(playing) <= clock_now_ns())
		if (!advance(playing))
			return;
	/* Without an end the connection stays open, silent, until the client leaves. */
	if (playing->step < playing->script->step_count)
		loop_timer_set(playing->loop, &playing->timer, due_ns(playing));
}

static void repeat(void *context)
{
	struct repeater *repeater = context;
	struct playing *playing = repeater->playing;
	send_bytes(playing, repeater->every->data, repeater->every->size, repeater->next_ns);
	repeater->next_ns += repeater->every->interval_ns;
	loop_timer_set(playing->loop, &repeater->timer, repeater->next_ns);
}

static void start_repeaters(struct playing *playing)
{
	const struct play_script *script = playing->script;
	playing->repeaters = memory_new((script->every_count + 1) * sizeof *playing->repeaters);
	for (size_t i = 0; i < script->every_count; i++) {
		struct repeater *repeater = &playing->repeaters[i];
		repeater->playing = playing;
		repeater->every = &script->every[i];
		repeater->timer.fn = repeat;
		repeater->timer.context = repeater;
		repeater->next_ns = playing->reply->received_ns + repeater->every->from_ns +
				    repeater->every->interval_ns;
		loop_timer_set(playing->loop, &repeater->timer, repeater->next_ns);
	}
}

/* A POST that asks about the server rather than for an answer. */
static bool asks_about_server(const char *path)
{
	static const char *const paths[] = {
		"/api/show", "/tokenize", "/detokenize", "/apply-template"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	return false;
}

static bool matches(const struct play_script *script, const struct sim_http *http)
{
	const char *method = script->method != NULL ? script->method : "POST";
	if (strcmp(method, http->method) != 0)
		return false;
	if (script->path != NULL)
		return strcmp(script->path, http->path) == 0;
	return script->method != NULL || !asks_about_server(http->path);
}

static struct play_script *choose(struct play *play, const struct sim_http *http)
{
	struct play_script *last = NULL;
	for (size_t i = 0; i < play->script_count; i++) {
		if (!matches(&play->scripts[i], http))
			continue;
		last = &play->scripts[i];
		if (!last->used)
			break;
	}
	if (last != NULL)
		last->used = true;
	return last;
}

static bool send_page(const struct play *play, struct sim_reply *reply)
{
	for (size_t i = 0; i < play->page_count; i++) {
		const struct play_page *page = &play->pages[i];
		if (strcmp(page->method, reply->http->method) != 0 ||
			strcmp(page->path, reply->http->path) != 0)
			continue;
		reply->kind = SIM_OPENAI;
		sim_reply_whole(
			reply, 200, "application/json", NULL, page->body, strlen(page->body));
		return true;
	}
	return false;
}

bool play_answer(struct play *play, struct sim_reply *reply)
{
	if (send_page(play, reply))
		return true;
	const struct play_script *script = choose(play, reply->http);
	if (script == NULL)
		return false;
	struct playing *playing = memory_new(sizeof *playing);
	playing->script = script;
	playing->reply = reply;
	playing->loop = reply->sim->loop;
	playing->timer.fn = play_on;
	playing->timer.context = playing;
	reply->kind = SIM_OPENAI;
	reply->abandon = abandon;
	reply->work = playing;
	start_repeaters(playing);
	play_on(playing);
	return true;
}
