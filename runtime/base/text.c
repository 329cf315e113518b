#include "base/text.h"

#include "base/memory.h"

/* SHA256_Init and its like, which OpenSSL 3 would have called by EVP: that takes longer to find the
 * function than this to digest a short text, and at its first use 5 million instructions. */
#define OPENSSL_API_COMPAT 0x10100000L

#include <openssl/sha.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Reads one character. Returns its length, or the negative length of the longest ill-formed part
 * that begins here (Unicode 15, 3.9, "maximal subpart"). */
static int read_character(const unsigned char *p, size_t size, uint32_t *code_point)
{
	unsigned char lead = p[0];
	if (lead < 0x80) {
		*code_point = lead;
		return 1;
	}
	if (lead < 0xC2 || lead > 0xF4)
		return -1;
	int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	/* The second byte has narrower bounds after these: overlong, surrogate, above U+10FFFF. */
	unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
	uint32_t value = lead & (0xFFu >> (length + 1));
	for (int i = 1; i < length; i++) {
		if ((size_t)i >= size || p[i] < low || p[i] > high)
			return -i;
		value = value << 6 | (p[i] & 0x3Fu);
		low = 0x80;
		high = 0xBF;
	}
	*code_point = value;
	return length;
}

/* Most text begins with ASCII, and most of it is nothing else. */
static const unsigned char *skip_ascii(const unsigned char *p, const unsigned char *end)
{
	uint64_t eight;
	for (; end - p >= (ptrdiff_t)sizeof eight; p += sizeof eight) {
		memcpy(&eight, p, sizeof eight);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	while (p < end && *p < 0x80)
		p++;
	return p;
}

bool text_is_utf8(const char *data, size_t size)
{
	const unsigned char *end = (const unsigned char *)data + size;
	const unsigned char *p = skip_ascii((const unsigned char *)data, end);
	uint32_t unused;
	while (p < end) {
		int length = read_character(p, (size_t)(end - p), &unused);
		if (length < 0)
			return false;
		p += length;
	}
	return true;
}

bool text_is_utf16(const char *data, size_t size)
{
	if (size >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
		return true;
	bool odd = size >= 4 && data[1] == '\0' && data[3] == '\0';
	bool even = size >= 4 && data[0] == '\0' && data[2] == '\0';
	return odd != even;
}

size_t text_whole(const char *data, size_t size)
{
	const unsigned char *end = (const unsigned char *)data + size;
	uint32_t unused;
	for (int left = 1; left < 4 && (size_t)left <= size; left++)
		if (end[-left] >= 0xC0) /* it begins a character */
			return read_character(end - left, (size_t)left, &unused) == -left
				       ? size - (size_t)left
				       : size;
	return size;
}

void text_append_utf8(struct buffer *out, const char *data, size_t size)
{
	const unsigned char *good = (const unsigned char *)data, *end = good + size;
	const unsigned char *p = skip_ascii(good, end);
	uint32_t unused;
	while (p < end) {
		int length = read_character(p, (size_t)(end - p), &unused);
		if (length > 0) {
			p += length;
			continue;
		}
		buffer_append(out, good, (size_t)(p - good));
		buffer_text(out, "\xEF\xBF\xBD");
		p += -length;
		good = p;
	}
	buffer_append(out, good, (size_t)(p - good));
}

static bool is_shown(uint32_t code_point)
{
	bool control = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
	bool turn = (code_point >= 0x202A && code_point <= 0x202E) ||
		    (code_point >= 0x2066 && code_point <= 0x2069);
	return code_point == '\n' || code_point == '\t' || (!control && !turn);
}

void text_append_shown(struct buffer *out, const char *data, size_t size)
{
	const unsigned char *p = (const unsigned char *)data, *end = p + size;
	while (p < end) {
		uint32_t code_point = 0;
		int length = read_character(p, (size_t)(end - p), &code_point);
		bool ends_line = *p == '\r' && p + 1 < end && p[1] == '\n';
		if (ends_line || (length > 0 && is_shown(code_point)))
			buffer_append(out, p, (size_t)length);
		else
			buffer_text(out, "\xEF\xBF\xBD");
		p += abs(length);
	}
}

static bool must_be_escaped(char byte)
{
	return (unsigned char)byte < 0x20 || byte == '"' || byte == '\\';
}

void text_append_escaped(struct buffer *out, char byte)
{
	static const char letters[] = "\b\t\n\f\r\"\\", names[] = "btnfr\"\\";
	const char *letter = byte != '\0' ? strchr(letters, byte) : NULL;
	if (letter != NULL)
		buffer_format(out, "\\%c", names[letter - letters]);
	else
		buffer_format(out, "\\u%04x", byte);
}

void text_append_json(struct buffer *out, const char *data, size_t size)
{
	const char *end = data + size;
	buffer_byte(out, '"');
	while (data < end) {
		const char *plain = data;
		while (data < end && !must_be_escaped(*data))
			data++;
		text_append_utf8(out, plain, (size_t)(data - plain));
		if (data == end)
			break;
		text_append_escaped(out, *data++);
	}
	buffer_byte(out, '"');
}

void text_append_code_point(struct buffer *out, uint32_t code_point)
{
	if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
		code_point = 0xFFFD;
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t size = utf8proc_encode_char((utf8proc_int32_t)code_point, bytes);
	buffer_append(out, bytes, (size_t)size);
}

size_t text_characters(const char *data, size_t size)
{
	const unsigned char *end = (const unsigned char *)data + size;
	const unsigned char *p = skip_ascii((const unsigned char *)data, end);
	size_t count = (size_t)(p - (const unsigned char *)data);
	uint32_t unused;
	for (; p < end; count++)
		p += abs(read_character(p, (size_t)(end - p), &unused));
	return count;
}

size_t text_width(const char *data, size_t size)
{
	const unsigned char *p = (const unsigned char *)data, *end = p + size;
	size_t width = 0, before = 0;
	bool joined = false;
	while (p < end) {
		uint32_t code_point = 0xFFFD;
		p += abs(read_character(p, (size_t)(end - p), &code_point));
		size_t columns = (size_t)utf8proc_charwidth((utf8proc_int32_t)code_point);
		bool modifier = code_point >= 0x1F3FB && code_point <= 0x1F3FF; /* skin tones */
		if (code_point == 0xFE0F && before == 1)
			width++; /* emoji presentation of a narrow sign */
		else if (!joined && !modifier)
			width += columns;
		joined = code_point == 0x200D;
		before = columns;
	}
	return width;
}

static size_t smallest(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap of neighbours. */
static size_t distance(const char *a, const char *b)
{
	size_t a_size = strlen(a), b_size = strlen(b), columns = b_size + 1;
	size_t *cells = memory_resize(NULL, (a_size + 1) * columns, sizeof *cells);
	for (size_t i = 0; i <= a_size; i++)
		cells[i * columns] = i;
	for (size_t j = 0; j <= b_size; j++)
		cells[j] = j;
	for (size_t i = 1; i <= a_size; i++) {
		for (size_t j = 1; j <= b_size; j++) {
			size_t *cell = &cells[i * columns + j];
			size_t cost = a[i - 1] != b[j - 1];
			*cell = smallest(cell[-1] + 1, cell[-(ptrdiff_t)columns] + 1);
			*cell = smallest(*cell, cell[-(ptrdiff_t)columns - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				*cell = smallest(*cell, cells[(i - 2) * columns + j - 2] + 1);
		}
	}
	size_t result = cells[a_size * columns + b_size];
	free(cells);
	return result;
}

/* Half a word is too little to go by when it is shorter than three letters. */
static const char *beginning_with(const char *word, size_t length, const char *const *words)
{
	for (; length >= 3 && *words != NULL; words++)
		if (strncmp(word, *words, length) == 0)
			return *words;
	return NULL;
}

/* Whose last part it is: "concurrency" of "max-concurrency". */
static const char *ending_with(const char *word, size_t length, const char *const *words)
{
	for (; length >= 3 && *words != NULL; words++) {
		size_t size = strlen(*words);
		const char *end = size > length ? *words + size - length : NULL;
		if (end != NULL && strchr("-_", end[-1]) != NULL && strcmp(end, word) == 0)
			return *words;
	}
	return NULL;
}

const char *text_nearest(const char *word, const char *const *words)
{
	const char *const *all = words;
	size_t length = strlen(word);
	if (length > 64)
		return NULL;
	size_t best = length < 2 ? 0 : length / 3 < 1 ? 1 : length / 3;
	const char *nearest = NULL;
	for (; *words != NULL; words++) {
		if (strlen(*words) > 64)
			continue;
		size_t steps = distance(word, *words);
		if (steps < best || (steps == best && nearest == NULL)) {
			best = steps;
			nearest = *words;
		}
	}
	if (nearest == NULL)
		nearest = beginning_with(word, length, all);
	return nearest != NULL ? nearest : ending_with(word, length, all);
}

static bool is_plain_in_a_shell(const char *word)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/~-:@+,%#=";
	return *word != '\0' && strspn(word, "#=") == 0 && word[strspn(word, plain)] == '\0';
}

void text_append_shell(struct buffer *out, const char *word)
{
	if (is_plain_in_a_shell(word)) {
		buffer_text(out, word);
		return;
	}
	buffer_byte(out, '\'');
	for (const char *at = word; *at != '\0'; at++) {
		if (*at == '\'')
			buffer_text(out, "'\\'");
		buffer_byte(out, *at);
	}
	buffer_byte(out, '\'');
}

void text_append_base64(struct buffer *out, const void *data, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;
	for (size_t i = 0; i < size; i += 3) {
		unsigned bits = 0;
		size_t left = size - i < 3 ? size - i : 3;
		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < left ? bytes[i + k] : 0);
		for (size_t k = 0; k <= left; k++)
			buffer_byte(out, digits[bits >> (18 - 6 * k) & 63]);
	}
}

uint64_t text_hash(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
	return hash;
}

const char *text_script_name(const char *path, size_t *size)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	*size = strlen(name);
	if (*size > 4 && strcmp(name + *size - 4, ".lua") == 0)
		*size -= 4;
	return name;
}

void text_digest(const void *data, size_t size, char out[TEXT_DIGEST_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[TEXT_DIGEST_SIZE / 2];
	SHA256_CTX context;
	SHA256_Init(&context);
	SHA256_Update(&context, data, size);
	SHA256_Final(digest, &context);
	for (size_t i = 0; i < sizeof digest; i++) {
		*out++ = digits[digest[i] >> 4];
		*out++ = digits[digest[i] & 15];
	}
	*out = '\0';
}

const char *text_past_padding(const char *at, const char *end)
{
	static const char mark[] = "\uFEFF";
	const size_t mark_size = sizeof mark - 1;
	for (;;) {
		if (at < end && (text_is_blank(*at) || *at == '\0'))
			at++;
		else if ((size_t)(end - at) >= mark_size && memcmp(at, mark, mark_size) == 0)
			at += mark_size;
		else
			return at;
	}
}
