#include "base/output.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_LIMIT ((size_t)64 << 20)
#define LOOK_NS (10 * CLOCK_MS_NS) /* between two looks at whether all is written */

/* A piece of the queue: one stream's bytes, in the order they were said. */
struct piece {
	struct piece *next;
	enum output_stream stream;
	struct buffer bytes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static bool running, stopping, busy;
static struct piece *first, *last;
static size_t queued;
static atomic_bool gone[2]; /* the reader left, or takes no more */
static int lost;            /* why what goes to stdout could not be kept: an errno */
static bool has_status;     /* the live line stands on stderr */

static const char erase_line[] = "\r\33[K";

static int descriptor(enum output_stream stream)
{
	return stream == OUTPUT_STDOUT ? STDOUT_FILENO : STDERR_FILENO;
}

/* False once nobody reads any more. */
static bool write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);
		if (written > 0) {
			data += written;
			size -= (size_t)written;
		} else if (written < 0 && errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLOUT};
			poll(&wait, 1, -1);
		} else if (written < 0 && errno != EINTR) {
			return false;
		}
	}
	return true;
}

/* A pipe that is closed and a terminal that hung up are readers that left. */
static void lose(enum output_stream stream, int error)
{
	gone[stream] = true;
	if (stream == OUTPUT_STDOUT && error != EPIPE && error != EIO)
		lost = error;
}

static void write_piece(struct piece *piece)
{
	if (!gone[piece->stream] && piece->bytes.size > 0 &&
		!write_all(descriptor(piece->stream), piece->bytes.data, piece->bytes.size))
		lose(piece->stream, errno);
}

static void *write_queue(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	for (;;) {
		while (first == NULL && !stopping)
			pthread_cond_wait(&changed, &lock);
		if (first == NULL)
			break;
		struct piece *piece = first;
		first = piece->next;
		if (first == NULL)
			last = NULL;
		busy = true;
		pthread_mutex_unlock(&lock);
		write_piece(piece);
		pthread_mutex_lock(&lock);
		busy = false;
		queued -= piece->bytes.size;
		buffer_free(&piece->bytes);
		free(piece);
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

void output_start(void)
{
	pthread_mutex_lock(&lock);
	stopping = false;
	running = running || pthread_create(&thread, NULL, write_queue, NULL) == 0;
	pthread_mutex_unlock(&lock);
}

/* Takes the bytes. */
static void enqueue(enum output_stream stream, struct buffer *bytes)
{
	struct piece *piece = memory_new(sizeof *piece);
	*piece = (struct piece){.stream = stream, .bytes = *bytes};
	while (queued > QUEUE_LIMIT)
		pthread_cond_wait(&changed, &lock);
	queued += bytes->size;
	if (last == NULL)
		first = piece;
	else
		last->next = piece;
	last = piece;
	pthread_cond_broadcast(&changed);
}

/* Takes the bytes. */
static void hand_over(enum output_stream stream, struct buffer *bytes)
{
	if (running) {
		enqueue(stream, bytes);
	} else {
		struct piece piece = {.stream = stream, .bytes = *bytes};
		write_piece(&piece);
		buffer_free(bytes);
	}
}

static void take_status_away(void)
{
	if (!has_status)
		return;
	has_status = false;
	struct buffer bytes = BUFFER_EMPTY;
	buffer_text(&bytes, erase_line);
	hand_over(OUTPUT_STDERR, &bytes);
}

/* Takes the bytes. */
static void put(enum output_stream stream, struct buffer *bytes)
{
	pthread_mutex_lock(&lock);
	take_status_away();
	hand_over(stream, bytes);
	pthread_mutex_unlock(&lock);
}

/* The length of a code of lib/report/page.lua where one begins at `at`, else 0. Others would hide
 * what a stranger does not want to be read. */
static size_t colour_size(const char *at, const char *end)
{
	static const char *const codes[] = {"\33[0m", "\33[1m", "\33[31m", "\33[32m", "\33[33m"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		size_t size = strlen(codes[i]);
		if ((size_t)(end - at) >= size && memcmp(at, codes[i], size) == 0)
			return size;
	}
	return 0;
}

static void append_coloured(struct buffer *out, const char *data, size_t size)
{
	const char *end = data + size;
	for (const char *at = data; at < end; at++) {
		size_t colour = colour_size(at, end);
		if (colour == 0)
			continue;
		text_append_shown(out, data, (size_t)(at - data));
		buffer_append(out, at, colour);
		data = at + colour;
		at = data - 1;
	}
	text_append_shown(out, data, (size_t)(end - data));
}

static void redact(struct buffer *bytes)
{
	if (secret_count() > 0)
		secret_redact(bytes);
}

static struct buffer presented(enum output_stream stream, const char *data, size_t size)
{
	struct buffer bytes = BUFFER_EMPTY;
	if (stream == OUTPUT_STDERR)
		text_append_shown(&bytes, data, size);
	else if (output_is_terminal(stream))
		append_coloured(&bytes, data, size);
	else
		buffer_append(&bytes, data, size);
	return bytes;
}

void output_write(enum output_stream stream, const char *data, size_t size)
{
	struct buffer bytes = presented(stream, data, size);
	redact(&bytes);
	put(stream, &bytes);
}

void output_kept(const char *data, size_t size)
{
	struct buffer bytes = presented(OUTPUT_STDOUT, data, size);
	put(OUTPUT_STDOUT, &bytes);
}

bool output_takes_codes(void)
{
	const char *terminal = getenv("TERM");
	return terminal == NULL || strcmp(terminal, "dumb") != 0;
}

void output_status(const char *text)
{
	if (!output_takes_codes())
		return;
	struct buffer bytes = BUFFER_EMPTY;
	buffer_text(&bytes, erase_line);
	text_append_shown(&bytes, text, strlen(text));
	redact(&bytes);
	pthread_mutex_lock(&lock);
	has_status = true;
	hand_over(OUTPUT_STDERR, &bytes);
	pthread_mutex_unlock(&lock);
}

void output_text(enum output_stream stream, const char *text)
{
	output_write(stream, text, strlen(text));
}

void output_format(enum output_stream stream, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = memory_format_list(format, arguments);
	va_end(arguments);
	output_text(stream, text);
	free(text);
}

void output_flush(void)
{
	pthread_mutex_lock(&lock);
	while (running && (first != NULL || busy))
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

/* Whether the queue is written, and whether it takes more. */
static bool is_written(bool *is_full)
{
	pthread_mutex_lock(&lock);
	bool written = !running || (first == NULL && !busy);
	*is_full = running && queued > QUEUE_LIMIT;
	pthread_mutex_unlock(&lock);
	return written;
}

bool output_is_full(void)
{
	bool is_full;
	is_written(&is_full);
	return is_full;
}

static bool written_within(int64_t limit_ns)
{
	bool is_full;
	int64_t end = clock_now_ns() + limit_ns;
	while (!is_written(&is_full)) {
		if (clock_now_ns() >= end)
			return false;
		nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
	}
	return true;
}

void output_last(const char *text, int64_t limit_ns)
{
	bool is_full;
	is_written(&is_full);
	if (!is_full) {
		output_text(OUTPUT_STDERR, text);
		if (written_within(limit_ns))
			return;
	}
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
		return;
	struct buffer bytes = BUFFER_EMPTY;
	buffer_text(&bytes, text);
	redact(&bytes);
	ssize_t ignored = write(STDERR_FILENO, bytes.data, bytes.size);
	(void)ignored;
	buffer_free(&bytes);
}

void output_stop(void)
{
	pthread_mutex_lock(&lock);
	take_status_away();
	bool was_running = running;
	stopping = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	if (!was_running)
		return;
	pthread_join(thread, NULL);
	pthread_mutex_lock(&lock);
	running = false;
	pthread_mutex_unlock(&lock);
}

int output_lost(void)
{
	return lost;
}

bool output_is_read(enum output_stream stream)
{
	return !gone[stream];
}

bool output_is_terminal(enum output_stream stream)
{
	return isatty(descriptor(stream)) == 1;
}

int output_columns(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	const char *columns = getenv("COLUMNS");
	int count = columns == NULL ? 0 : atoi(columns);
	return count > 0 ? count : 80;
}
