#include "base/sheet.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WHOLE_MOST 1e21 /* beyond it a number has an exponent, as in JavaScript */

bool sheet_number(double value, char out[DECIMAL_SIZE])
{
	if (!isfinite(value))
		return false;
	if (value == rint(value) && fabs(value) < WHOLE_MOST)
		snprintf(out, DECIMAL_SIZE, "%.0f", value);
	else
		decimal_shortest(value, out);
	return true;
}

void sheet_begin_cell(struct buffer *out, enum sheet_form form, size_t index, const char *name)
{
	if (index > 0)
		buffer_byte(out, ',');
	if (form == SHEET_CSV)
		return;
	if (index == 0)
		buffer_byte(out, '{');
	text_append_json(out, name, strlen(name));
	buffer_byte(out, ':');
}

void sheet_add_nothing(struct buffer *out, enum sheet_form form)
{
	if (form == SHEET_JSON)
		buffer_append(out, "null", 4);
}

void sheet_add_integer(struct buffer *out, int64_t value)
{
	char text[DECIMAL_SIZE], *end = text + sizeof text;
	char *at = decimal_before(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
	if (value < 0)
		*--at = '-';
	buffer_append(out, at, (size_t)(end - at));
}

void sheet_add_number(struct buffer *out, enum sheet_form form, double value)
{
	char text[DECIMAL_SIZE];
	if (sheet_number(value, text))
		buffer_text(out, text);
	else
		sheet_add_nothing(out, form);
}

/* Spreadsheets take a text that begins with one of these for a formula, or leave a NUL before it
 * out; where East Asian text is written, with a wide one, too. */
static bool looks_like_formula(const char *text, size_t size)
{
	static const char first[] = "=+-@\t\r\n"; /* its NUL, too */
	static const char *const wide[] = {"\uff1d", "\uff0b", "\uff0d", "\uff20"};
	if (size > 0 && memchr(first, *text, sizeof first) != NULL)
		return true;
	for (size_t i = 0; i < sizeof wide / sizeof *wide && size >= 3; i++)
		if (memcmp(text, wide[i], 3) == 0)
			return true;
	return false;
}

static bool needs_quotes(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] == ',' || text[i] == '"' || text[i] == '\r' || text[i] == '\n')
			return true;
	return false;
}

static void add_quoted(struct buffer *out, const char *text, size_t size)
{
	buffer_byte(out, '"');
	if (looks_like_formula(text, size))
		buffer_byte(out, '\'');
	for (const char *end = text + size; text < end;) {
		const char *quote = memchr(text, '"', (size_t)(end - text));
		const char *stop = quote != NULL ? quote + 1 : end;
		text_append_utf8(out, text, (size_t)(stop - text));
		if (quote != NULL)
			buffer_byte(out, '"');
		text = stop;
	}
	buffer_byte(out, '"');
}

void sheet_add_text(struct buffer *out, enum sheet_form form, const char *text, size_t size)
{
	if (form == SHEET_JSON) {
		text_append_json(out, text, size);
		return;
	}
	if (needs_quotes(text, size)) {
		add_quoted(out, text, size);
		return;
	}
	if (looks_like_formula(text, size))
		buffer_byte(out, '\'');
	text_append_utf8(out, text, size);
}

void sheet_end_row(struct buffer *out, enum sheet_form form, size_t cells)
{
	if (form == SHEET_JSON)
		buffer_text(out, cells > 0 ? "}" : "{}");
}
