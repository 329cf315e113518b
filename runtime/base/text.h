/* UTF-8 text: validity, display width, near misses, digests; and what bytes are as text. */
#ifndef BENCH_BASE_TEXT_H
#define BENCH_BASE_TEXT_H

#include "base/buffer.h"

#include <stdint.h>

bool text_is_utf8(const char *data, size_t size); /* strict: no surrogates, no overlong forms */
/* By its BOM, or by what ASCII it begins with. */
bool text_is_utf16(const char *data, size_t size);
/* How many of the bytes are whole characters, where a text was cut behind them. */
size_t text_whole(const char *data, size_t size);
/* Appends data with each maximal ill-formed part replaced by U+FFFD. */
void text_append_utf8(struct buffer *out, const char *data, size_t size);
/* Appends what may be shown: U+FFFD for the ill-formed, for control characters but the end of a
 * line and the tab, and for characters that turn the direction of what follows. */
void text_append_shown(struct buffer *out, const char *data, size_t size);
/* Appends a JSON string in its quotes; what is ill-formed becomes U+FFFD. */
void text_append_json(struct buffer *out, const char *data, size_t size);
/* Appends one byte as a JSON string has it with a backslash: \n, \", \u001f. */
void text_append_escaped(struct buffer *out, char byte);
/* Appends one code point; a surrogate or a value above U+10FFFF becomes U+FFFD. */
void text_append_code_point(struct buffer *out, uint32_t code_point);
size_t text_characters(const char *data, size_t size); /* code points */
/* Columns in a terminal: East Asian wide and emoji count 2, combining marks, joiners and
 * variation selectors 0 (Unicode 15 ranges, UAX #11). */
size_t text_width(const char *data, size_t size);
/* The entry of NULL-terminated `words` nearest to `word` (Damerau-Levenshtein of at most a third of
 * its length, at least 1), else the first that begins with it (three letters or more) or whose last
 * part it is, behind - or _; or NULL. */
const char *text_nearest(const char *word, const char *const *words);

/* Appends a path or a word as a shell takes it: in quotes where it would read something else. */
void text_append_shell(struct buffer *out, const char *word);
/* Appends base64 without the padding. */
void text_append_base64(struct buffer *out, const void *data, size_t size);
uint64_t text_hash(const void *data, size_t size); /* FNV-1a */

/* As JSON has them. */
static inline bool text_is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Past what begins a text and says nothing: blanks, NULs, byte order marks (a writer that was
 * opened anew for each piece writes one each time). */
const char *text_past_padding(const char *at, const char *end);

/* 0..15; -1 for what is no hexadecimal digit. */
static inline int text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Where the name of a script stands in its path: "scripts/sky_blue.lua" is sky_blue. */
const char *text_script_name(const char *path, size_t *size);

#define TEXT_DIGEST_SIZE 65
/* SHA-256 in lower-case hex (OpenSSL). */
void text_digest(const void *data, size_t size, char out[TEXT_DIGEST_SIZE]);

#endif
