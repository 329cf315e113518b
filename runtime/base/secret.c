#include "base/secret.h"

#include "base/memory.h"
#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHORTEST 4
#define BASE64_SHORTEST 6 /* bytes of a value: fewer are a word of four letters in base64 */
/* Times the length of a value: itself, percent-encoded, base64, JSON, HTML. */
#define FORMS_MOST 80
#define MOST ((size_t)16 << 20) /* bytes, all forms together: what a script can make us keep */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char **values; /* longest first, so that a part never hides the whole */
static size_t value_count, held;

static struct {
	const char *text;
	size_t size;
} spared[16];
static size_t spared_count;

static void insert(const char *value)
{
	for (size_t i = 0; i < value_count; i++)
		if (strcmp(values[i], value) == 0)
			return;
	values = memory_resize(values, value_count + 1, sizeof *values);
	size_t place = value_count++;
	held += strlen(value);
	while (place > 0 && strlen(values[place - 1]) < strlen(value)) {
		values[place] = values[place - 1];
		place--;
	}
	values[place] = memory_text(value);
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

/* With each special byte written as the format says. */
static char *escaped(const char *value, bool (*is_special)(unsigned char), const char *format)
{
	struct buffer out = BUFFER_EMPTY;
	for (const char *p = value; *p != '\0'; p++) {
		if (is_special((unsigned char)*p))
			buffer_format(&out, format, (unsigned)(unsigned char)*p);
		else
			buffer_byte(&out, *p);
	}
	return buffer_detach(&out, NULL);
}

static bool is_reserved(unsigned char c)
{
	return !is_unreserved(c);
}

static bool is_quote(unsigned char c)
{
	return c == '"' || c == '\\';
}

static bool is_quote_or_slash(unsigned char c)
{
	return is_quote(c) || c == '/';
}

static bool is_special_to_html(unsigned char c)
{
	return strchr("\"&'+<>`", c) != NULL;
}

static bool is_reserved_in_path(unsigned char c)
{
	return c != '/' && is_reserved(c);
}

/* Of URLs, and of forms, where a blank is a plus. */
static void insert_percent(const char *value, bool (*is_special)(unsigned char), const char *format)
{
	char *form = escaped(value, is_special, format), *to = form;
	insert(form);
	for (const char *from = form; *from != '\0'; to++) {
		bool is_blank = strncmp(from, "%20", 3) == 0;
		*to = is_blank ? '+' : *from;
		from += is_blank ? 3 : 1;
	}
	*to = '\0';
	insert(form);
	free(form);
}

static void insert_html(const char *value, const char *apostrophe)
{
	static const char signs[] = "&<>\"'";
	const char *const words[] = {"&amp;", "&lt;", "&gt;", "&quot;", apostrophe};
	struct buffer out = BUFFER_EMPTY;
	for (const char *p = value; *p != '\0'; p++) {
		const char *sign = strchr(signs, *p);
		if (sign != NULL)
			buffer_text(&out, words[sign - signs]);
		else
			buffer_byte(&out, *p);
	}
	insert(buffer_string(&out));
	buffer_free(&out);
}

/* As a text of JSON, and where that JSON is a text of another one. */
static void insert_json(const char *value, bool (*is_special)(unsigned char), const char *format)
{
	char *once = escaped(value, is_special, format);
	char *twice = escaped(once, is_quote, "\\%c");
	insert(once);
	insert(twice);
	free(once);
	free(twice);
}

static void insert_base64(const char *value, size_t size)
{
	struct buffer out = BUFFER_EMPTY;
	text_append_base64(&out, value, size);
	insert(buffer_string(&out));
	buffer_free(&out);
}

/* As base64 of the value alone, without the padding (what follows it changes with the length); and
 * of a longer text, as "user:KEY": what stands before decides where its groups of three bytes
 * begin. */
static void insert_all_base64(const char *value)
{
	size_t size = strlen(value);
	insert_base64(value, size);
	for (size_t shift = 0; shift < 3; shift++)
		if (size >= shift + BASE64_SHORTEST)
			insert_base64(value + shift, (size - shift) / 3 * 3);
}

void secret_spare(const char *text, size_t size)
{
	if (spared_count == sizeof spared / sizeof *spared)
		return;
	spared[spared_count].text = text;
	spared[spared_count++].size = size;
}

/* The mark's own letters could not be hidden by it. */
static bool is_spared(const char *value)
{
	if (strstr(SECRET_MARK, value) != NULL)
		return true;
	for (size_t i = 0; i < spared_count; i++)
		if (strlen(value) == spared[i].size &&
			strncasecmp(value, spared[i].text, spared[i].size) == 0)
			return true;
	return false;
}

static void insert_forms(const char *value)
{
	insert(value);
	insert_percent(value, is_reserved, "%%%02X");
	insert_percent(value, is_reserved, "%%%02x");
	insert_percent(value, is_reserved_in_path, "%%%02X");
	insert_html(value, "&#39;");
	insert_html(value, "&#x27;");
	insert_all_base64(value);
	insert_json(value, is_quote, "\\%c");
	insert_json(value, is_quote_or_slash, "\\%c");
	insert_json(value, is_special_to_html, "\\u%04X");
}

bool secret_add(const char *value)
{
	if (strlen(value) < SHORTEST)
		return false;
	if (is_spared(value))
		return true;
	pthread_mutex_lock(&lock);
	bool fits = held + FORMS_MOST * strlen(value) <= MOST;
	if (fits)
		insert_forms(value);
	pthread_mutex_unlock(&lock);
	return fits;
}

size_t secret_count(void)
{
	pthread_mutex_lock(&lock);
	size_t count = value_count;
	pthread_mutex_unlock(&lock);
	return count;
}

bool secret_in(const char *text, size_t size)
{
	bool found = false;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < value_count && !found; i++)
		found = memmem(text, size, values[i], strlen(values[i])) != NULL;
	pthread_mutex_unlock(&lock);
	return found;
}

/* How many bytes at the end are the beginning of the value, not all of it. */
static size_t half_at_end(const char *text, size_t size, const char *value)
{
	size_t half = strlen(value) - 1;
	for (half = half < size ? half : size; half >= SHORTEST; half--)
		if (memcmp(text + size - half, value, half) == 0)
			return half;
	return 0;
}

size_t secret_whole(const char *text, size_t size)
{
	size_t before;
	pthread_mutex_lock(&lock);
	do {
		before = size;
		for (size_t i = 0; i < value_count; i++)
			size -= half_at_end(text, size, values[i]);
	} while (size < before);
	pthread_mutex_unlock(&lock);
	return size;
}

static void replace(struct buffer *buffer, const char *value)
{
	size_t length = strlen(value);
	char *found = buffer->size == 0 ? NULL : memmem(buffer->data, buffer->size, value, length);
	if (found == NULL)
		return;
	struct buffer out = BUFFER_EMPTY;
	const char *from = buffer->data, *end = buffer->data + buffer->size;
	while (found != NULL) {
		buffer_append(&out, from, (size_t)(found - from));
		buffer_text(&out, SECRET_MARK);
		from = found + length;
		found = memmem(from, (size_t)(end - from), value, length);
	}
	buffer_append(&out, from, (size_t)(end - from));
	out.limit = buffer->limit;
	free(buffer->data);
	*buffer = out;
}

void secret_redact(struct buffer *buffer)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < value_count; i++)
		replace(buffer, values[i]);
	pthread_mutex_unlock(&lock);
}

char *secret_redacted(const char *text)
{
	if (text == NULL)
		return NULL;
	struct buffer buffer = BUFFER_EMPTY;
	buffer_text(&buffer, text);
	secret_redact(&buffer);
	return buffer_detach(&buffer, NULL);
}
