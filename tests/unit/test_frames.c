#include "unit.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/random.h"
#include "net/frames.h"

#include <stdlib.h>
#include <string.h>

/* Messages as "data<event name>" each ended by "|", a flushed one by "!". */
static void collect(void *context, const struct frames_message *message)
{
	struct buffer *seen = context;

	assert_true(message->size > 0);
	buffer_append(seen, message->data, message->size);
	if (*message->event)
		buffer_format(seen, "<%s>", message->event);
	buffer_text(seen, message->flushed ? "!" : "|");
}

struct chopped {
	struct buffer seen;
	bool held; /* within the limit */
};

static struct chopped chop(enum frames_kind kind, size_t limit, const char *data, size_t size,
	struct random *random, size_t longest)
{
	struct chopped result = {.held = true};
	size_t at = 0;

	buffer_init(&result.seen, BUFFER_UNLIMITED);
	struct frames *frames = frames_new(kind, limit, collect, &result.seen);
	while (at < size && result.held) {
		size_t part = longest ? 1 + (size_t)random_below(random, longest) : size;
		if (part > size - at)
			part = size - at;
		/* a copy of exactly this size, so that a read beyond it is seen */
		char *bytes = memory_bytes(data + at, part);
		result.held = frames_feed(frames, bytes, part);
		free(bytes);
		at += part;
	}
	if (result.held)
		frames_end(frames);
	frames_free(frames);
	return result;
}

static void expect(enum frames_kind kind, const char *data, size_t size, const char *messages)
{
	struct random random;

	random_seed(&random, 7, 0);
	for (size_t longest = 0; longest < 8; longest++) {
		struct chopped got = chop(kind, 1 << 20, data, size, &random, longest);
		assert_true(got.held);
		assert_string_equal(buffer_string(&got.seen), messages);
		buffer_free(&got.seen);
	}
}

#define EXPECT(kind, data, messages) expect(kind, data, sizeof(data) - 1, messages)

static void lines_may_end_in_three_ways(void **state)
{
	EXPECT(FRAMES_SSE, "data: a\n\ndata: b\n\ndata: [DONE]\n\n", "a|b|[DONE]|");
	EXPECT(FRAMES_SSE, "data: a\r\n\r\ndata: b\r\n\r\ndata: [DONE]\r\n\r\n", "a|b|[DONE]|");
	EXPECT(FRAMES_SSE, "data: a\r\rdata: b\r\rdata: [DONE]\r\r", "a|b|[DONE]|");
	EXPECT(FRAMES_SSE, "data: a\n\r\ndata: b\r\n\ndata: [DONE]\n\r", "a|b|[DONE]|");
	EXPECT(FRAMES_SSE, "data: a\n\n\n\r\r\n\ndata: b\n\n", "a|b|");
}

static void a_cr_ends_the_line_without_waiting(void **state)
{
	struct buffer seen = BUFFER_EMPTY;
	struct frames *frames = frames_new(FRAMES_SSE, 100, collect, &seen);

	assert_true(frames_feed(frames, "data: a\r", 8));
	assert_int_equal(seen.size, 0);
	assert_true(frames_feed(frames, "\n\r", 2));
	assert_string_equal(buffer_string(&seen), "a|");
	assert_true(frames_feed(frames, "\ndata: b\r\n\r", 11));
	assert_string_equal(buffer_string(&seen), "a|b|");
	frames_free(frames);
	buffer_free(&seen);
}

static void every_legal_shape_of_events(void **state)
{
	EXPECT(FRAMES_SSE,
		": still working\n\n:\n\nretry: 3000\nid: 7\nevent: message\ndata:a\n\n: ping\n\n"
		"data: b\ndata: c\n\nunknown: z\ndata:\n\ndata: d\n\n",
		"a<message>|b\nc|d|");
	EXPECT(FRAMES_SSE, "data:  two blanks\n\n", " two blanks|");
	EXPECT(FRAMES_SSE, "data\n\ndata\ndata\n\n", "\n|");
	EXPECT(FRAMES_SSE, "event: error\ndata: x\n\ndata: y\n\n", "x<error>|y|");
	EXPECT(FRAMES_SSE, "event: error\n: x\n\n: y\ndata: y\n\n", "x<error>|y|");
	EXPECT(FRAMES_SSE, ": x\n\nevent: Error\ndat", "Error<Error>!");
	EXPECT(FRAMES_SSE, "event: error\ndata: \n\n: x\nevent: error\ndata: \n\n",
		"error<error>|x<error>|");
	EXPECT(FRAMES_SSE, "error: {\"code\":500}\n\ndata: y\n\n", "{\"code\":500}<error>|y|");
	EXPECT(FRAMES_SSE, "data: x\n\n{\"error\":\"y\"}\r\n", "x|{\"error\":\"y\"}!");
	EXPECT(FRAMES_SSE, "data: x\n\n{\n  \"e\": [\n    {\n      \"m\": 1\n    }\n  ]\n}\n",
		"x|{\n  \"e\": [\n    {\n      \"m\": 1\n    }\n  ]\n}!");
	EXPECT(FRAMES_SSE, "data: {\n \"e\": 1\nid: 7\n}\n\n[DONE]\n\n", "{\n \"e\": 1\n}|[DONE]|");
	EXPECT(FRAMES_SSE, "data: x\n \"y\"\n}\n\n", "x|");
	EXPECT(FRAMES_SSE, "event: first\nevent: second\ndata: x\n\n", "x<second>|");
	EXPECT(FRAMES_SSE, "event: lost\n\ndata: y\n\n", "y|");
	EXPECT(FRAMES_SSE, "datum: x\n\ndat: y\n\n data: z\n\n", "");
	EXPECT(FRAMES_SSE, "data: a: b\n\n", "a: b|");
	EXPECT(FRAMES_SSE, "", "");
}

static void a_blank_line_left_out_is_seen(void **state)
{
	EXPECT(FRAMES_SSE, "data: {1}\ndata: {2}\ndata: [DONE]\n\n", "{1}|{2}|[DONE]|");
	EXPECT(FRAMES_SSE, "data: {1}\ndata: {2}\n\ndata: {\ndata: 3}\n\n", "{1}|{2}|{\n3}|");
	EXPECT(FRAMES_SSE, "data: [{1},\ndata: {2}]\n\n", "[{1},\n{2}]|");
	EXPECT(FRAMES_SSE, "data: {1}\n{2}\ndata: {3}", "{1}|{2}|{3}|");
	EXPECT(FRAMES_SSE, "data: {1}\ndata: x\n\n", "{1}\nx|");
}

static void keep_earlier(void *context, const struct frames_message *message)
{
	*(bool *)context = message->earlier;
}

/* A server that leaves blank lines out sends no byte that says when an event was whole. */
static void an_event_that_waits_has_its_number(void **state)
{
	static const struct {
		const char *bytes;
		size_t waiting;
		bool earlier; /* what was delivered */
	} steps[] = {
		{"data: {", 0, false},
		{"1}\n", 1, false},
		{"\n", 0, false},
		{"data: {\n", 0, false},
		{"data: 2}\n\n", 0, false},
		{"data: {3}\n", 2, false},
		{"data: x\n", 0, false},
		{"\ndata: {4}\n", 3, false},
		{"da", 3, false},
		{"ta: {5}\n", 0, false},
	};
	bool earlier = false;
	struct frames *frames = frames_new(FRAMES_SSE, 100, keep_earlier, &earlier);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		assert_true(frames_feed(frames, steps[i].bytes, strlen(steps[i].bytes)));
		assert_int_equal(frames_waiting(frames), steps[i].waiting);
		assert_int_equal(earlier, steps[i].earlier);
	}
	frames_free(frames);
}

static void a_byte_order_mark_is_no_data(void **state)
{
	EXPECT(FRAMES_SSE,
		"\xEF\xBB\xBF"
		"data: a\n\n",
		"a|");
	EXPECT(FRAMES_LINES, "\xEF\xBB\xBF{}\n", "{}|");
	EXPECT(FRAMES_WHOLE, "\xEF\xBB\xBF{}", "{}!");
	EXPECT(FRAMES_WHOLE, "\xEF\xBB", "\xEF\xBB!");
	EXPECT(FRAMES_LINES, "\xEF\xBBx\n", "\xEF\xBBx|");
	EXPECT(FRAMES_LINES,
		"a\n\xEF\xBB\xBF"
		"b\n",
		"a|\xEF\xBB\xBF"
		"b|");
}

static void an_unfinished_end_is_delivered_as_such(void **state)
{
	EXPECT(FRAMES_SSE, "data: a\n\ndata: b\n", "a|b!");
	EXPECT(FRAMES_SSE, "data: a\n\ndata: b", "a|b!");
	EXPECT(FRAMES_SSE, "data: a\n\ndata: b\ndata: c", "a|b\nc!");
	EXPECT(FRAMES_SSE, "data: a\n\nda", "a|");
	EXPECT(FRAMES_SSE, "data: a\n\nevent: x", "a|");
	EXPECT(FRAMES_LINES, "a\nb", "a|b!");
	EXPECT(FRAMES_LINES, "a\nb\r", "a|b!");
	EXPECT(FRAMES_WHOLE, "a\n\nb\r\n", "a\n\nb\r\n!");
}

static void json_lines(void **state)
{
	EXPECT(FRAMES_LINES, "a\r\n\nb\n\r\nc\rd\n", "a|b|c\rd|");
	EXPECT(FRAMES_LINES, "\n\n\n", "");
}

static void a_line_beyond_the_limit_breaks_the_stream(void **state)
{
	static const struct {
		enum frames_kind kind;
		const char *data;
		bool held;
	} cases[] = {
		{FRAMES_SSE, "data: 7890\n\n", true},
		{FRAMES_SSE, "data: 78901\n\n", false},
		{FRAMES_SSE, ": 34567890\n\n", true},
		{FRAMES_SSE, ": 345678901\n\n", false},
		{FRAMES_SSE, "data: 1234\ndata: 6789\n\n", true},
		{FRAMES_SSE, "data: 1234\ndata: 6789\ndata: 1\n\n", false},
		{FRAMES_LINES, "1234567890\n", true},
		{FRAMES_LINES, "1234567890\r\n", true},
		{FRAMES_LINES, "12345678901\n", false},
		{FRAMES_WHOLE, "1234567890", true},
		{FRAMES_WHOLE, "12345678901", false},
	};
	struct random random;
	random_seed(&random, 3, 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t longest = 0; longest < 5; longest++) {
			struct chopped got = chop(cases[i].kind, 10, cases[i].data,
				strlen(cases[i].data), &random, longest);
			assert_int_equal(got.held, cases[i].held);
			buffer_free(&got.seen);
		}
}

static void a_broken_stream_stays_broken(void **state)
{
	struct buffer seen = BUFFER_EMPTY;
	struct frames *frames = frames_new(FRAMES_SSE, 8, collect, &seen);

	assert_false(frames_feed(frames, "data: 12345\n\n", 13));
	assert_false(frames_feed(frames, "data: 1\n\n", 9));
	frames_end(frames);
	assert_int_equal(seen.size, 0);
	frames_free(frames);
	buffer_free(&seen);
}

/* Bytes that are mostly the ones that matter. */
static size_t random_stream(struct random *random, char *out, size_t room)
{
	static const char *const pieces[] = {"data", ":", " ", "\n", "\r", "\r\n", "\n\n", "event",
		"id", "x", "\xE5\xA4\xA9", "\xEF\xBB\xBF", "\xEF", "{}", "", "{", "]", "\"",
		"data: {\"a\":1}\n\n"};
	size_t size = 0;

	for (size_t i = (size_t)random_below(random, 60); i > 0; i--) {
		const char *piece = pieces[random_below(random, sizeof pieces / sizeof *pieces)];
		if (size + strlen(piece) > room)
			break;
		memcpy(out + size, piece, strlen(piece));
		size += strlen(piece);
	}
	return size;
}

static void any_chopping_gives_the_same_messages(void **state)
{
	struct random random;
	random_seed(&random, 11, 0);
	for (int round = 0; round < 3000; round++) {
		char data[2048];
		size_t size = random_stream(&random, data, sizeof data);
		enum frames_kind kind = (enum frames_kind)random_below(&random, 3);
		struct chopped whole = chop(kind, 1 << 20, data, size, &random, 0);
		for (size_t longest = 1; longest <= 5; longest += 2) {
			struct chopped parts = chop(kind, 1 << 20, data, size, &random, longest);
			assert_string_equal(buffer_string(&parts.seen), buffer_string(&whole.seen));
			buffer_free(&parts.seen);
		}
		buffer_free(&whole.seen);
	}
}

struct standard {
	struct buffer *seen, data, event;
	bool unspaced;
};

static void dispatch(struct standard *standard)
{
	if (standard->data.size > 1) {
		buffer_append(standard->seen, standard->data.data, standard->data.size - 1);
		if (standard->event.size)
			buffer_format(standard->seen, "<%s>", buffer_string(&standard->event));
		buffer_text(standard->seen, "|");
	}
	buffer_clear(&standard->data);
	buffer_clear(&standard->event);
}

static bool is_one_of(char c, const char *chars)
{
	return c != '\0' && strchr(chars, c) != NULL;
}

/* What the standard does not say: a JSON text ends where another begins, and from then on each line
 * of one is an event. */
static void standard_data(struct standard *standard, const char *value, size_t size)
{
	struct buffer *data = &standard->data;
	bool opens = size && is_one_of(*value, "{[");

	if (opens && data->size > 1 && is_one_of(data->data[data->size - 2], "}]")) {
		standard->unspaced = true;
		dispatch(standard);
	}
	bool alone = data->size == 0;
	buffer_append(data, value, size);
	buffer_byte(data, '\n');
	if (standard->unspaced && alone && opens && is_one_of(value[size - 1], "}]"))
		dispatch(standard);
}

/* Nor this: a line that begins a JSON text, or goes on with one, is data. */
static bool is_bare(const struct standard *standard, const char *line, size_t size)
{
	const struct buffer *data = &standard->data;
	size_t at = 0;
	while (at < size && is_one_of(line[at], " \t"))
		at++;
	if (at == 0 && is_one_of(*line, "{["))
		return true;
	if (at == size || data->size < 2 || !is_one_of(*data->data, "{["))
		return false;
	bool closed = is_one_of(data->data[data->size - 2], "}]");
	return is_one_of(line[at], closed ? "}]" : "}]{[\"");
}

static size_t padding_at(const char *line, size_t size)
{
	if (size > 0 && is_one_of(*line, " \t"))
		return 1;
	return size >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* Nor this: blanks and byte order marks before the name of a field of data that holds a JSON text
 * are skipped. The size of the line up to that text, 0 where it is no such line. */
static size_t led_data(const char *line, size_t size)
{
	size_t at = 0;
	while (padding_at(line + at, size - at) > 0)
		at += padding_at(line + at, size - at);
	if (at == 0 || size - at < 6 || memcmp(line + at, "data:", 5) != 0)
		return 0;
	for (at += 5; at < size && is_one_of(line[at], " \t");)
		at++;
	return at < size && is_one_of(line[at], "{[") ? at : 0;
}

/* The standard's algorithm, word for word and slow, for streams without NUL. */
static void standard_line(struct standard *standard, const char *line, size_t size)
{
	const char *colon = memchr(line, ':', size);
	size_t name = colon ? (size_t)(colon - line) : size;
	size_t value = colon ? name + 1 : size;

	if (size == 0) {
		dispatch(standard);
		return;
	}
	if (value < size && line[value] == ' ')
		value++;
	if (is_bare(standard, line, size)) {
		standard_data(standard, line, size);
	} else if (led_data(line, size) > 0) {
		size_t text = led_data(line, size);
		standard_data(standard, line + text, size - text);
	} else if (name == 4 && memcmp(line, "data", 4) == 0) {
		standard_data(standard, line + value, size - value);
	} else if (name == 5 && memcmp(line, "event", 5) == 0) {
		buffer_clear(&standard->event);
		buffer_append(&standard->event, line + value, size - value);
	}
}

static void standard(const char *in, size_t size, struct buffer *seen)
{
	struct standard standard = {.seen = seen};
	buffer_init(&standard.data, BUFFER_UNLIMITED);
	buffer_init(&standard.event, BUFFER_UNLIMITED);
	size_t at = size >= 3 && memcmp(in, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	size_t start = at;

	for (; at < size; at++) {
		if (in[at] != '\n' && in[at] != '\r')
			continue;
		standard_line(&standard, in + start, at - start);
		if (in[at] == '\r' && at + 1 < size && in[at + 1] == '\n')
			at++;
		start = at + 1;
	}
	buffer_free(&standard.data);
	buffer_free(&standard.event);
}

static void events_are_those_of_the_standard(void **state)
{
	struct random random;
	random_seed(&random, 13, 0);
	for (int round = 0; round < 3000; round++) {
		char in[2048];
		size_t size = random_stream(&random, in, sizeof in - 2);
		memcpy(in + size, "\n\n", 2); /* nothing is left to flush */
		struct buffer seen = BUFFER_EMPTY;
		standard(in, size + 2, &seen);
		struct chopped got = chop(FRAMES_SSE, 1 << 20, in, size + 2, &random, 4);
		assert_string_equal(buffer_string(&got.seen), buffer_string(&seen));
		buffer_free(&got.seen);
		buffer_free(&seen);
	}
}

/* A chunk of carriage returns alone must not be searched again for every line. */
static void many_short_lines_take_linear_time(void **state)
{
	size_t size = (size_t)8 << 20;
	char *data = memory_new(size);
	struct buffer seen = BUFFER_EMPTY;
	struct frames *frames = frames_new(FRAMES_SSE, 100, collect, &seen);

	memset(data, '\r', size);
	assert_true(frames_feed(frames, data, size)); /* minutes if it were quadratic */
	assert_int_equal(seen.size, 0);
	frames_free(frames);
	buffer_free(&seen);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_may_end_in_three_ways),
		cmocka_unit_test(a_cr_ends_the_line_without_waiting),
		cmocka_unit_test(every_legal_shape_of_events),
		cmocka_unit_test(a_blank_line_left_out_is_seen),
		cmocka_unit_test(an_event_that_waits_has_its_number),
		cmocka_unit_test(a_byte_order_mark_is_no_data),
		cmocka_unit_test(an_unfinished_end_is_delivered_as_such),
		cmocka_unit_test(json_lines),
		cmocka_unit_test(a_line_beyond_the_limit_breaks_the_stream),
		cmocka_unit_test(a_broken_stream_stays_broken),
		cmocka_unit_test(any_chopping_gives_the_same_messages),
		cmocka_unit_test(events_are_those_of_the_standard),
		cmocka_unit_test(many_short_lines_take_linear_time),
	};
	return RUN(tests);
}
