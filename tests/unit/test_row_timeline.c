/* The timeline of a request in flight: with each snapshot only what came since is written, and what
 * is read is all of it, whatever became of the snapshots before. */
#include "recording.h"

#include "base/clock.h"

/* A stream that is recorded into a database of its own. */
struct stream {
	struct recorder *recorder;
	struct store *reader;
	struct recorder_context context;
	struct exchange *exchange;
};

static void begin(struct stream *stream, const char *name)
{
	struct error error = {0};
	const char *path = kept_path(name);
	const struct recorder_run run = {
		.scenario = "stream", .origin_ns = clock_now_ns(), .keep_text = true};
	stream->recorder = recorder_start(path, &run, &error);
	if (stream->recorder == NULL)
		fail_msg("%s", error.message);
	stream->reader = kept_open(path, STORE_READ);
	stream->context = (struct recorder_context){.seq = 1,
		.phase_kind = "measure",
		.call = "chat",
		.round = EXCHANGE_NONE,
		.user = EXCHANGE_NONE};
	stream->exchange = kept_exchange(run.origin_ns);
}

static void give(struct stream *stream)
{
	recorder_request(stream->recorder, &stream->context, stream->exchange);
	stream->context.given = true;
	stream->context.events_given = stream->exchange->event_count;
}

static void give_and_flush(struct stream *stream)
{
	struct error error = {0};
	give(stream);
	if (!recording_flush(stream->recorder, &error))
		fail_msg("%s", error.message);
}

static void end(struct stream *stream)
{
	struct error error = {0};
	store_close(stream->reader);
	exchange_free(stream->exchange);
	if (!recorder_finish(stream->recorder, "done", &error))
		fail_msg("%s", error.message);
}

static void add(struct stream *stream, int from_ms, int to_ms, int tokens, int channel)
{
	for (int ms = from_ms; ms <= to_ms; ms++)
		kept_event(stream->exchange, ms * MS, tokens, channel);
}

static void keeps(struct stream *stream, const char *column, const char *wanted)
{
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT %s FROM timeline", column);
	kept_is_text(stream->reader, sql, wanted);
}

/* Had all been written again, the first time would be the new one. */
static void only_what_is_new_is_written(void **state)
{
	struct stream stream;
	begin(&stream, "new.db");
	give_and_flush(&stream);
	add(&stream, 1, 2, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	keeps(&stream, "t", "[1000,2000]");
	stream.exchange->gaps[1] -= MS / 2;
	add(&stream, 3, 4, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	keeps(&stream, "t", "[1000,2000,3000,4000]");
	give_and_flush(&stream); /* nothing came */
	keeps(&stream, "t", "[1000,2000,3000,4000]");
	kept_is_number(stream.reader, "SELECT count(*) FROM events", 4);
	kept_is_number(stream.reader, "SELECT token_events FROM request_metrics", 4);
	kept_end(stream.exchange, 5 * MS, 4);
	give_and_flush(&stream);
	keeps(&stream, "t", "[1500,2000,3000,4000]"); /* the end writes what it was in the end */
	end(&stream);
}

static void what_is_not_usual_grows_too(void **state)
{
	struct stream stream;
	begin(&stream, "unusual.db");
	add(&stream, 1, 2, 3, CHANNEL_REASONING);
	stream.exchange->event_marks[1].shared = true;
	give_and_flush(&stream);
	add(&stream, 3, 4, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	keeps(&stream, "t", "[1000,2000,3000,4000]");
	keeps(&stream, "n", "[3,3,1,1]");
	keeps(&stream, "channel", "[1,1,0,0]");
	keeps(&stream, "shared", "[0,1,0,0]");
	end(&stream);
}

/* More than 32 bits of ns. */
static void a_gap_of_seconds_is_kept(void **state)
{
	(void)state;
	struct stream stream;
	begin(&stream, "seconds.db");
	add(&stream, 9001, 9002, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	keeps(&stream, "t", "[9001000,9002000]");
	add(&stream, 14000, 14001, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	add(&stream, 99000, 99000, 1, CHANNEL_CONTENT);
	kept_end(stream.exchange, 99001 * MS, 5);
	give_and_flush(&stream);
	keeps(&stream, "t", "[9001000,9002000,14000000,14001000,99000000]");
	kept_is_number(stream.reader, "SELECT icl_max_ms FROM request_metrics", 84999);
	kept_is_number(stream.reader, "SELECT icl_mean_ms FROM request_metrics", 89999 / 4.0);
	end(&stream);
}

static void what_becomes_unusual_was_usual_before(void **state)
{
	struct stream stream;
	begin(&stream, "becomes.db");
	add(&stream, 1, 2, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	add(&stream, 3, 3, 2, CHANNEL_TOOL);
	give_and_flush(&stream);
	keeps(&stream, "t", "[1000,2000,3000]");
	keeps(&stream, "n", "[1,1,2]");
	keeps(&stream, "channel", "[0,0,2]");
	keeps(&stream, "shared", NULL);
	end(&stream);
}

/* Another attempt has as many events as the one before, and more. */
static void a_retry_begins_anew(void **state)
{
	struct stream stream;
	begin(&stream, "retry.db");
	add(&stream, 1, 2, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	stream.exchange->attempts++;
	stream.exchange->event_count = 0;
	add(&stream, 11, 13, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	keeps(&stream, "t", "[11000,12000,13000]");
	end(&stream);
}

/* Of two snapshots in one batch the first is not written, or what was said of it is not true. */
static void what_is_not_there_is_written(void **state)
{
	struct stream stream;
	begin(&stream, "batch.db");
	add(&stream, 1, 1, 1, CHANNEL_CONTENT);
	give(&stream);
	add(&stream, 2, 2, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	keeps(&stream, "t", "[1000,2000]");
	add(&stream, 3, 4, 1, CHANNEL_CONTENT);
	stream.context.events_given = 3;
	give_and_flush(&stream);
	keeps(&stream, "t", "[1000,2000,3000,4000]");
	stream.context.given = false;
	add(&stream, 5, 5, 1, CHANNEL_CONTENT);
	give_and_flush(&stream);
	keeps(&stream, "t", "[1000,2000,3000,4000,5000]");
	kept_is_number(stream.reader, "SELECT count(*) FROM request", 1);
	end(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_new_is_written),
		cmocka_unit_test(what_is_not_usual_grows_too),
		cmocka_unit_test(a_gap_of_seconds_is_kept),
		cmocka_unit_test(what_becomes_unusual_was_usual_before),
		cmocka_unit_test(a_retry_begins_anew),
		cmocka_unit_test(what_is_not_there_is_written),
	};
	return RUN_KEPT(tests);
}
