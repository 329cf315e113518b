#include "sim/sim_tokens.h"

#include <stdbool.h>
#include <string.h>

#define WORD_LETTERS 5
#define SPECIAL_ID (INT64_C(1) << 48)

static const char *const specials[] = {"<|im_start|>", "<|im_end|>", "<|endoftext|>"};
#define SPECIALS ((int)(sizeof specials / sizeof *specials))

static int special_at(const char *text, size_t size)
{
	for (int i = 0; size && *text == '<' && i < SPECIALS; i++)
		if (size >= strlen(specials[i]) &&
			memcmp(text, specials[i], strlen(specials[i])) == 0)
			return i;
	return -1;
}

static bool is_letter(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9');
}

static size_t expected_size(unsigned char lead)
{
	if (lead < 0xC2 || lead > 0xF4)
		return 1;
	return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static size_t character_size(const unsigned char *text, size_t size)
{
	size_t want = expected_size(text[0]);
	if (want > size)
		return 1;
	for (size_t i = 1; i < want; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 1;
	return want;
}

size_t sim_tokens_next(const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;
	int special = special_at(text, size);
	if (special >= 0)
		return strlen(specials[special]);
	size_t start = bytes[0] == ' ' && size > 1 && is_letter(bytes[1]) ? 1 : 0;
	size_t end = start;
	while (end < size && end < start + WORD_LETTERS && is_letter(bytes[end]))
		end++;
	return end > start ? end : character_size(bytes, size);
}

int64_t sim_tokens_count(const char *text, size_t size)
{
	return sim_tokens_within(text, size, size);
}

int64_t sim_tokens_within(const char *text, size_t size, size_t limit)
{
	int64_t count = 0;
	for (size_t at = 0; at < size; count++) {
		at += sim_tokens_next(text + at, size - at);
		if (at > limit)
			break;
	}
	return count;
}

size_t sim_tokens_bytes(const char *text, size_t size, int64_t count)
{
	size_t at = 0;
	for (int64_t i = 0; i < count && at < size; i++)
		at += sim_tokens_next(text + at, size - at);
	return at;
}

int64_t sim_tokens_id(const char *token, size_t size)
{
	int special = special_at(token, size);
	if (special >= 0)
		return SPECIAL_ID + special;
	uint64_t id = 0;
	for (size_t i = 0; i < size; i++)
		id = id << 8 | (unsigned char)token[i];
	return (int64_t)(id % SPECIAL_ID);
}

size_t sim_tokens_text(int64_t id, char out[SIM_TOKENS_TEXT])
{
	if (id >= SPECIAL_ID && id < SPECIAL_ID + SPECIALS) {
		const char *text = specials[id - SPECIAL_ID];
		size_t size = strlen(text); /* out gets no NUL */
		for (size_t i = 0; i < size; i++)
			out[i] = text[i];
		return size;
	}
	if (id <= 0 || id >= SPECIAL_ID)
		return 0;
	size_t size = 0;
	for (int shift = 8 * WORD_LETTERS; shift >= 0; shift -= 8)
		if (id >> shift)
			out[size++] = (char)(id >> shift & 0xFF);
	return size;
}
