/* Replays the transcripts of tests/wire to an exchange, in choppings of any kind. */
#ifndef BENCH_UNIT_REPLAY_H
#define BENCH_UNIT_REPLAY_H

#include "streams.h"
#include "transcript.h"

#include "base/random.h"

#include <dirent.h>

enum chopping { AS_RECORDED, BYTE_BY_BYTE, ALL_AT_ONCE, AT_RANDOM, INSIDE_CHARACTERS, CHOPPINGS };

/* As request_metrics names it: "chat" for all that generates text. */
static inline const char *call_of(const struct transcript *transcript)
{
	static const char *const generate[] = {"/v1/chat/completions", "/v1/completions",
		"/completion", "/api/chat", "/api/generate"};
	static const char *const embed[] = {"/v1/embeddings", "/embedding", "/api/embed"};

	for (size_t i = 0; i < sizeof generate / sizeof *generate; i++)
		if (strcmp(transcript->path, generate[i]) == 0)
			return "chat";
	for (size_t i = 0; i < sizeof embed / sizeof *embed; i++)
		if (strcmp(transcript->path, embed[i]) == 0)
			return "embed";
	return "http";
}

static inline enum dialect dialect_of(const char *name, const struct transcript *transcript)
{
	if (strncmp(transcript->path, "/api/", 5) == 0)
		return DIALECT_OLLAMA;
	if (strcmp(transcript->path, "/completion") == 0)
		return DIALECT_NATIVE;
	return strncmp(name, "llamacpp_", 9) == 0 ? DIALECT_LLAMACPP : DIALECT_OPENAI;
}

static inline uint16_t read_at(const struct transcript *transcript, size_t byte)
{
	uint16_t read;

	memcpy(&read, transcript->body_reads.data + byte * sizeof read, sizeof read);
	return read;
}

/* The end of the part that begins at `at`. */
static inline size_t part_end(const struct transcript *transcript, enum chopping chopping,
	size_t at, struct random *random)
{
	size_t size = transcript->body.size, end = at + 1;

	if (chopping == ALL_AT_ONCE)
		return size;
	if (chopping == AT_RANDOM) {
		end = at + 1 + (size_t)random_below(random, 200);
		return end < size ? end : size;
	}
	if (chopping == AS_RECORDED)
		while (end < size && read_at(transcript, end) == read_at(transcript, at))
			end++;
	if (chopping == INSIDE_CHARACTERS)
		while (end < size && ((unsigned char)transcript->body.data[end] & 0xC0) != 0x80)
			end++;
	return end;
}

static inline void put_headers(struct exchange *exchange, const struct transcript *transcript)
{
	const char *line = buffer_string(&transcript->headers);

	for (; *line; line = strchr(line, '\n') + 1) {
		char name[64], value[512];
		if (sscanf(line, "%63[^:]: %511[^\n]", name, value) == 2)
			exchange_header(exchange, name, value);
	}
	exchange_headers_done(exchange, transcript->status, T0);
}

static inline struct exchange *replay(
	const char *name, const struct transcript *transcript, enum chopping chopping)
{
	struct exchange *exchange = begin(dialect_of(name, transcript));
	struct random random;
	uint64_t read = 0;

	random_seed(&random, 31, transcript->body.size);
	exchange->wants_tokens = strcmp(call_of(transcript), "chat") == 0;
	if (strcmp(call_of(transcript), "http") == 0)
		exchange->plan = NULL;
	exchange->stream = transcript->stream;
	if (transcript->status)
		put_headers(exchange, transcript);
	for (size_t at = 0; at < transcript->body.size; read++) {
		size_t end = part_end(transcript, chopping, at, &random);
		double t_ms = transcript->read_ms[read_at(transcript, end - 1)];
		put(exchange, (int64_t)(t_ms * 1e6), transcript->body.data + at, end - at, read);
		at = end;
	}
	end(exchange, transcript->whole ? END_CLEAN : END_CUT);
	return exchange;
}

typedef void (*replay_fn)(void *context, const char *name, const struct transcript *transcript);

/* Calls fn with every transcript there is. */
static inline void replay_each(replay_fn fn, void *context)
{
	DIR *folder = opendir(TESTS "/wire");
	const struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		char path[sizeof TESTS + sizeof entry->d_name + 16];
		size_t size = strlen(entry->d_name);
		if (size < 6 || strcmp(entry->d_name + size - 5, ".json") != 0)
			continue;
		snprintf(path, sizeof path, "%s/wire/%s", TESTS, entry->d_name);
		struct transcript *transcript = transcript_read(path);
		fn(context, entry->d_name, transcript);
		transcript_free(transcript);
	}
	closedir(folder);
}

#endif
