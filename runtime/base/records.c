#include "base/records.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 16384
#define MARK_EVERY 4096 /* bytes: 0.6 % of the file is held as marks */

/* A place where a record may begin. */
struct place {
	int64_t offset;
	int64_t number; /* of the record that begins there, or behind blanks */
	int64_t line;
};

struct records {
	int descriptor;
	enum records_form form;
	bool is_list;
	struct stat facts; /* as it was when it was opened */
	struct place *marks;
	size_t count, capacity;
	struct place next; /* where reading goes on */
	int64_t chunk_offset;
	size_t chunk_size;
	char chunk[CHUNK];
};

/* Makes the chunk hold the byte at `offset`; RECORDS_END where the file has none. */
static enum records_result fill(struct records *records, int64_t offset, struct error *error)
{
	int64_t ahead = offset - records->chunk_offset;
	if (ahead >= 0 && ahead < (int64_t)records->chunk_size)
		return RECORDS_FOUND;
	ssize_t size;
	do
		size = pread(records->descriptor, records->chunk, CHUNK, offset);
	while (size < 0 && errno == EINTR);
	records->chunk_offset = offset;
	records->chunk_size = size > 0 ? (size_t)size : 0;
	if (size < 0)
		error_set(error, ERROR_SYSTEM, "cannot be read: %s", strerror(errno));
	return size > 0 ? RECORDS_FOUND : size == 0 ? RECORDS_END : RECORDS_FAILED;
}

/* The bytes from `offset` that the chunk holds. */
static const char *bytes_at(const struct records *records, int64_t offset, size_t *size)
{
	size_t ahead = (size_t)(offset - records->chunk_offset);
	*size = records->chunk_size - ahead;
	return records->chunk + ahead;
}

static void mark(struct records *records)
{
	const struct place *last = records->count > 0 ? &records->marks[records->count - 1] : NULL;
	if (last != NULL && (records->next.number <= last->number ||
				    records->next.offset < last->offset + MARK_EVERY))
		return;
	records->marks = memory_grown(
		records->marks, records->count, &records->capacity, sizeof *records->marks);
	records->marks[records->count++] = records->next;
}

/* Goes to the last mark that is not behind the record; the place is kept where it is nearer. */
static void seek(struct records *records, int64_t number)
{
	size_t low = 0, high = records->count;
	if (records->marks == NULL)
		return;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (records->marks[middle].number <= number)
			low = middle;
		else
			high = middle;
	}
	if (records->next.number > number || records->next.number < records->marks[low].number)
		records->next = records->marks[low];
}

static enum records_result too_long(struct error *error)
{
	error_set(error, ERROR_LIMIT, "longer than %zu MiB, the most that is read as one",
		RECORDS_LIMIT >> 20);
	return RECORDS_FAILED;
}

/* Appends up to the next LF, which it takes and leaves out; END where there is nothing more. */
static enum records_result append_line(
	struct records *records, struct buffer *text, struct error *error)
{
	enum records_result result;
	bool any = false;
	while ((result = fill(records, records->next.offset, error)) == RECORDS_FOUND) {
		size_t size;
		const char *bytes = bytes_at(records, records->next.offset, &size);
		const char *end = memchr(bytes, '\n', size);
		size_t piece = end != NULL ? (size_t)(end - bytes) : size;
		any = true;
		if (text->size + piece > RECORDS_LIMIT || !buffer_append(text, bytes, piece))
			return too_long(error);
		records->next.offset += (int64_t)piece + (end != NULL);
		if (end != NULL)
			break;
	}
	records->next.line++;
	return result == RECORDS_END && any ? RECORDS_FOUND : result;
}

static bool is_open(const char *at, size_t size, bool open)
{
	const char *end = at + size;
	while ((at = memchr(at, '"', (size_t)(end - at))) != NULL) {
		open = !open;
		at++;
	}
	return open;
}

/* Appends the lines that belong to a CSV record whose quotes go on behind its line end. */
static enum records_result append_quoted(
	struct records *records, struct buffer *text, struct error *error)
{
	bool open = is_open(buffer_string(text), text->size, false);
	while (open) {
		buffer_byte(text, '\n');
		size_t before = text->size;
		enum records_result result = append_line(records, text, error);
		if (result == RECORDS_END) {
			error_set(error, ERROR_USAGE, "a quote that begins here does not end");
			return RECORDS_FAILED;
		}
		if (result == RECORDS_FAILED)
			return result;
		open = is_open(text->data + before, text->size - before, open);
	}
	return RECORDS_FOUND;
}

static bool is_blank_text(const struct buffer *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (!text_is_blank(text->data[i]))
			return false;
	return true;
}

static enum records_result read_line(
	struct records *records, struct buffer *text, int64_t *line, struct error *error)
{
	do {
		buffer_clear(text);
		*line = records->next.line;
		enum records_result result = append_line(records, text, error);
		if (result == RECORDS_FOUND && records->form == RECORDS_QUOTED)
			result = append_quoted(records, text, error);
		if (result != RECORDS_FOUND)
			return result;
	} while (is_blank_text(text));
	while (text->data[text->size - 1] == '\r')
		text->data[--text->size] = '\0';
	return RECORDS_FOUND;
}

/* The next byte that is not blank stays the next one to be read; `c` is it. */
static enum records_result skip_blanks(struct records *records, char *c, struct error *error)
{
	enum records_result result;
	while ((result = fill(records, records->next.offset, error)) == RECORDS_FOUND) {
		*c = records->chunk[records->next.offset - records->chunk_offset];
		if (!text_is_blank(*c))
			break;
		records->next.line += *c == '\n';
		records->next.offset++;
	}
	return result;
}

static enum records_result unfinished(struct error *error)
{
	error_set(error, ERROR_USAGE, "the list that begins with [ does not end");
	return RECORDS_FAILED;
}

/* Behind the ] nothing may come. */
static enum records_result end_list(struct records *records, int64_t *line, struct error *error)
{
	char c;
	records->next.offset++;
	enum records_result result = skip_blanks(records, &c, error);
	*line = records->next.line;
	if (result != RECORDS_FOUND)
		return result;
	error_set(error, ERROR_USAGE,
		"there is more behind the end of the list: a file is one list, or one object a "
		"line");
	return RECORDS_FAILED;
}

/* Where a scan through a JSON value stands. */
struct scan {
	int64_t depth;
	bool in_text, escaped;
};

/* True at the comma or bracket that ends the element. */
static bool scan_byte(struct scan *scan, char c)
{
	if (scan->in_text) {
		scan->in_text = scan->escaped || c != '"';
		scan->escaped = !scan->escaped && c == '\\';
		return false;
	}
	if (c == '"')
		scan->in_text = true;
	else if (c == '[' || c == '{')
		scan->depth++;
	else if (scan->depth == 0 && (c == ',' || c == ']'))
		return true;
	else if (c == ']' || c == '}')
		scan->depth--;
	return false;
}

/* How many of the bytes belong to the element; *ended: what follows them ends it. */
static size_t scan_bytes(
	struct records *records, struct scan *scan, const char *bytes, size_t size, bool *ended)
{
	size_t at = 0;
	for (; at < size && !(*ended = scan_byte(scan, bytes[at])); at++)
		records->next.line += bytes[at] == '\n';
	return at;
}

static enum records_result append_element(
	struct records *records, struct buffer *text, struct error *error)
{
	struct scan scan = {0};
	bool ended = false;
	while (!ended) {
		enum records_result result = fill(records, records->next.offset, error);
		if (result != RECORDS_FOUND)
			return result == RECORDS_END ? unfinished(error) : result;
		size_t size;
		const char *bytes = bytes_at(records, records->next.offset, &size);
		size_t piece = scan_bytes(records, &scan, bytes, size, &ended);
		if (text->size + piece > RECORDS_LIMIT || !buffer_append(text, bytes, piece))
			return too_long(error);
		records->next.offset += (int64_t)piece;
	}
	return RECORDS_FOUND;
}

/* Reading goes on at the [ before the first element and at the comma before any other one. */
static enum records_result read_element(
	struct records *records, struct buffer *text, int64_t *line, struct error *error)
{
	char c = '\0';
	buffer_clear(text);
	*line = records->next.line;
	enum records_result result = skip_blanks(records, &c, error);
	char before = c;
	if (result == RECORDS_FOUND && before != ']') {
		records->next.offset++;
		result = skip_blanks(records, &c, error);
	}
	*line = records->next.line;
	if (result != RECORDS_FOUND)
		return result == RECORDS_END ? unfinished(error) : result;
	if (c == ']' && before != ',')
		return end_list(records, line, error);
	return append_element(records, text, error);
}

static enum records_result step(
	struct records *records, struct buffer *text, int64_t *line, struct error *error)
{
	mark(records);
	struct place begin = records->next;
	enum records_result result = records->is_list ? read_element(records, text, line, error)
						      : read_line(records, text, line, error);
	if (result == RECORDS_FOUND)
		records->next.number++;
	else
		records->next = begin;
	return result;
}

static bool is_unchanged(const struct records *records)
{
	struct stat now;
	return fstat(records->descriptor, &now) == 0 && now.st_size == records->facts.st_size &&
	       now.st_mtim.tv_sec == records->facts.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == records->facts.st_mtim.tv_nsec;
}

enum records_result records_read(struct records *records, int64_t number, struct buffer *text,
	int64_t *line, struct error *error)
{
	*line = 0;
	if (!is_unchanged(records)) {
		error_set(error, ERROR_USAGE, "changed while it was read: run again");
		return RECORDS_FAILED;
	}
	if (number < 1)
		return RECORDS_END;
	seek(records, number);
	enum records_result result;
	do
		result = step(records, text, line, error);
	while (result == RECORDS_FOUND && records->next.number <= number);
	return result;
}

static void skip_bom(struct records *records)
{
	if (records->chunk_size >= 3 && memcmp(records->chunk, "\xef\xbb\xbf", 3) == 0)
		records->next.offset = 3;
}

/* What a file is that begins so, whatever its name says. */
static const struct {
	const char *begins;
	const char *what;
} other_kinds[] = {
	{"\x1f\x8b", "is compressed; unpack it (gunzip)"},
	{"\x28\xb5\x2f\xfd", "is compressed; unpack it (unzstd)"},
	{"\3757zXZ", "is compressed; unpack it (unxz)"},
	{"PK\x03\x04", "is a zip archive or a workbook; unpack it, or save it as CSV"},
	{"PAR1\x15", "is Parquet; write it as JSON lines"},
	{"ARROW1", "is Arrow; write it as JSON lines"},
	{"%PDF-", "is a PDF; save its text"},
	{"version https://git-lfs.github.com/",
		"only says where Git LFS has the file: git lfs pull"},
};

/* One that came in the file's place; GitHub's begin with empty lines. */
static bool is_web_page(const char *bytes, size_t size)
{
	static const char begins[] = "<!doctype html";
	const char *at = text_past_padding(bytes, bytes + size);
	return (size_t)(bytes + size - at) >= sizeof begins &&
	       strncasecmp(at, begins, sizeof begins - 1) == 0;
}

/* What the file is instead of text in lines; NULL where it is that. JSON may have any blanks. */
static const char *other_kind(const struct records *records)
{
	const char *bytes = records->chunk;
	size_t size = records->chunk_size;
	for (size_t i = 0; i < sizeof other_kinds / sizeof *other_kinds; i++) {
		size_t length = strlen(other_kinds[i].begins);
		if (size >= length && memcmp(bytes, other_kinds[i].begins, length) == 0)
			return other_kinds[i].what;
	}
	if (is_web_page(bytes, size))
		return "is a web page; download the file itself, by its raw link";
	if (text_is_utf16(bytes, size))
		return "is UTF-16; save it as UTF-8";
	if (records->form != RECORDS_JSON && size > 0 && memchr(bytes, '\n', size) == NULL &&
		memchr(bytes, '\r', size - 1) != NULL)
		return "has lines that end with CR alone; save it with LF";
	return NULL;
}

/* A list where the first character is [; the place is left as it was. */
static enum records_result find_form(struct records *records, struct error *error)
{
	struct place begin = records->next;
	char c = '\0';
	enum records_result result = skip_blanks(records, &c, error);
	records->is_list = result == RECORDS_FOUND && c == '[';
	records->next = begin;
	return result;
}

static bool prepare(struct records *records, struct error *error)
{
	if (fstat(records->descriptor, &records->facts) != 0)
		return error_set(error, ERROR_SYSTEM, "cannot be read: %s", strerror(errno));
	if (fill(records, 0, error) == RECORDS_FAILED)
		return false;
	const char *other = other_kind(records);
	if (other != NULL)
		return error_set(error, ERROR_USAGE, "%s", other);
	skip_bom(records);
	return records->form != RECORDS_JSON || find_form(records, error) != RECORDS_FAILED;
}

struct records *records_open(int descriptor, enum records_form form, struct error *error)
{
	struct records *records = memory_new(sizeof *records);
	*records = (struct records){
		.descriptor = descriptor, .form = form, .next = {.number = 1, .line = 1}};
	if (prepare(records, error))
		return records;
	records_close(records);
	return NULL;
}

void records_close(struct records *records)
{
	if (records == NULL)
		return;
	close(records->descriptor);
	free(records->marks);
	free(records);
}
