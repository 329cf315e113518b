#include "sim/sim_answer.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "sim/sim_tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sentences begin with the space that stands before them; the first one of an answer drops it. */
static const char *const english[] = {
	" The sky looks blue because the air scatters short waves of sunlight more than long ones.",
	" Sunlight holds every colour, and each colour is a wave of its own length.",
	" Molecules of nitrogen and oxygen are far smaller than those waves.",
	" So they turn blue light aside about ten times as strongly as red light.",
	" Wherever you look, some of that scattered blue light reaches your eye.",
	" Violet is scattered even more, but the sun sends less of it and our eyes see it poorly.",
	" In the evening the light crosses much more air on its way to us.",
	" Most of the blue is gone by then, and what is left looks orange and red.",
	" Clouds are white because their drops are large and scatter all colours alike.",
	" On the moon there is no air, and the sky is black even by day.",
};
static const char *const chinese[] = {
	"天空之所以是蓝色的，是因为空气对短波光的散射比对长波光强得多。",
	"阳光里有各种颜色，每种颜色的波长都不同。",
	"氮气和氧气的分子比这些光波小得多。",
	"所以它们散射蓝光的能力大约是红光的十倍。",
	"无论往哪里看，都有一部分被散射的蓝光进入眼睛。",
	"紫光散射得更多，但太阳发出的紫光较少，眼睛也不太敏感。",
	"傍晚的时候，阳光要穿过更厚的空气。",
	"蓝光大多已经散去，剩下的是橙色和红色。",
	"云是白色的，因为水滴很大，对所有颜色的散射都一样。",
	"月球上没有空气，所以白天的天空也是黑的。",
};
static const char *const thoughts[] = {
	" The question asks for a cause, so name the mechanism first.",
	" Scattering depends on the wavelength, about as its fourth power.",
	" Check that violet does not spoil the argument.",
	" Keep the answer short and end with the evening sky.",
};

struct corpus {
	const char *const *sentences;
	size_t count;
};

void sim_ask_free(struct sim_ask *ask)
{
	for (size_t i = 0; i < ask->stop_count; i++)
		free(ask->stops[i]);
	free(ask->stops);
	free(ask->prompt);
	free(ask->tool);
	free(ask->arguments);
	*ask = (struct sim_ask){0};
}

bool sim_answer_is_cjk(const char *text, size_t size)
{
	size_t letters = 0;
	size_t wide = 0;
	for (size_t at = 0; at < size;) {
		size_t step = sim_tokens_next(text + at, size - at);
		unsigned char lead = (unsigned char)text[at];
		letters += lead < 0x80 && step > 1;
		wide += lead >= 0xE3 && lead <= 0xED && step == 3;
		at += step;
	}
	return wide > letters;
}

static void add_piece(
	struct sim_answer *answer, const char *text, size_t size, enum sim_channel channel)
{
	struct sim_piece *piece = &answer->pieces[answer->count++];
	*piece = (struct sim_piece){.text = text, .size = (uint32_t)size, .channel = channel};
}

/* Appends the tokens of a text until there are `until`. */
static void add_text(
	struct sim_answer *answer, const char *text, size_t until, enum sim_channel channel)
{
	for (size_t size = strlen(text); size && answer->count < until;) {
		size_t step = sim_tokens_next(text, size);
		add_piece(answer, text, step, channel);
		text += step;
		size -= step;
	}
}

/* Appends tokens until there are `until`. Each sentence follows the one before at random, never
 * itself; at temperature 0 the first one comes first. */
static void add_words(struct sim_answer *answer, struct corpus corpus, size_t until,
	enum sim_channel channel, bool greedy, struct random *random)
{
	size_t which = greedy ? 0 : (size_t)random_below(random, corpus.count);
	bool first = true;
	while (answer->count < until) {
		const char *text = corpus.sentences[which];
		add_text(answer, text + (first && *text == ' '), until, channel);
		first = false;
		which = (which + 1 + (size_t)random_below(random, corpus.count - 1)) % corpus.count;
	}
}

static void add_call(struct sim_answer *answer, const struct sim_ask *ask, size_t until)
{
	if (answer->count < until)
		add_piece(answer, ask->tool, strlen(ask->tool), SIM_TOOL_NAME);
	add_text(answer, ask->arguments, until, SIM_TOOL_ARGUMENTS);
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How many tokens it makes, and why it ends there. */
static size_t plan_length(
	struct sim_answer *answer, const struct sim_ask *ask, int64_t natural, int64_t room)
{
	int64_t most = smaller(room, ask->max_tokens >= 0 ? ask->max_tokens : room);
	int64_t wanted = ask->ignore_eos             ? most
			 : natural < ask->min_tokens ? ask->min_tokens
						     : natural;
	bool ends = !ask->ignore_eos && wanted < most;
	if (ask->tool != NULL)
		ends = natural <= most;
	answer->end = !ends ? SIM_END_LENGTH : ask->tool != NULL ? SIM_END_TOOL : SIM_END_STOP;
	return (size_t)smaller(wanted, most);
}

/* The content as one text, to look for stop strings in. */
static char *content_of(const struct sim_answer *answer)
{
	struct buffer text = BUFFER_EMPTY;
	for (size_t i = 0; i < answer->count; i++)
		if (answer->pieces[i].channel == SIM_CONTENT)
			buffer_append(&text, answer->pieces[i].text, answer->pieces[i].size);
	return buffer_detach(&text, NULL);
}

/* Ends the answer with the token that completes the stop string; what belongs to it is not sent. */
static void cut_at(struct sim_answer *answer, size_t start, size_t end)
{
	size_t at = 0;
	for (size_t i = 0; i < answer->count; i++) {
		struct sim_piece *piece = &answer->pieces[i];
		if (piece->channel != SIM_CONTENT)
			continue;
		size_t next = at + piece->size;
		if (next > start)
			piece->size = at < start ? (uint32_t)(start - at) : 0;
		at = next;
		if (next >= end) {
			answer->count = i + 1;
			return;
		}
	}
}

static void apply_stops(struct sim_answer *answer, const struct sim_ask *ask)
{
	char *text = ask->stop_count ? content_of(answer) : NULL;
	const char *earliest = NULL;
	for (size_t i = 0; i < ask->stop_count; i++) {
		const char *found = *ask->stops[i] ? strstr(text, ask->stops[i]) : NULL;
		if (found == NULL || (earliest != NULL && found >= earliest))
			continue;
		earliest = found;
		answer->stop = ask->stops[i];
	}
	if (earliest != NULL) {
		size_t start = (size_t)(earliest - text);
		cut_at(answer, start, start + strlen(answer->stop));
		answer->end = SIM_END_STOP_STRING;
	}
	free(text);
}

static void seed_answer(struct random *random, const struct sim_ask *ask,
	const struct sim_settings *settings, uint64_t number)
{
	uint64_t stream = text_hash(ask->prompt, ask->prompt_size);
	if (!ask->greedy)
		stream ^= (ask->has_seed ? (uint64_t)ask->seed : number) * 2 + 1;
	random_seed(random, settings->seed, stream);
}

void sim_answer_make(struct sim_answer *answer, const struct sim_ask *ask,
	const struct sim_settings *settings, int64_t room, uint64_t number)
{
	*answer = (struct sim_answer){0};
	int64_t thinking = ask->thinks && !ask->embed ? settings->reasoning_tokens : 0;
	int64_t spoken = ask->tool != NULL
				 ? 1 + sim_tokens_count(ask->arguments, strlen(ask->arguments))
				 : settings->output_tokens;
	size_t total = plan_length(answer, ask, thinking + spoken, room > 0 ? room : 0);
	struct random random;
	seed_answer(&random, ask, settings, number);
	bool cjk = sim_answer_is_cjk(ask->prompt, ask->prompt_size);
	struct corpus corpus = cjk ? (struct corpus){chinese, sizeof chinese / sizeof *chinese}
				   : (struct corpus){english, sizeof english / sizeof *english};
	struct corpus mind = {thoughts, sizeof thoughts / sizeof *thoughts};
	answer->pieces = memory_new((total + 1) * sizeof *answer->pieces);
	answer->reasoning = (size_t)smaller(thinking, (int64_t)total);
	add_words(answer, mind, answer->reasoning, SIM_REASONING, ask->greedy, &random);
	if (ask->tool != NULL)
		add_call(answer, ask, total);
	else
		add_words(answer, corpus, total, SIM_CONTENT, ask->greedy, &random);
	apply_stops(answer, ask);
}

void sim_answer_free(struct sim_answer *answer)
{
	free(answer->pieces);
	*answer = (struct sim_answer){0};
}

void sim_answer_embed(const char *text, size_t size, float out[SIM_EMBEDDING_SIZE])
{
	double sum[SIM_EMBEDDING_SIZE] = {0};
	for (size_t at = 0; at < size;) {
		size_t step = sim_tokens_next(text + at, size - at);
		struct random random;
		random_seed(&random, 1, text_hash(text + at, step));
		for (int i = 0; i < SIM_EMBEDDING_SIZE; i++)
			sum[i] += random_normal(&random);
		at += step;
	}
	double length = 0;
	for (int i = 0; i < SIM_EMBEDDING_SIZE; i++)
		length += sum[i] * sum[i];
	length = length > 0 ? sqrt(length) : 1;
	for (int i = 0; i < SIM_EMBEDDING_SIZE; i++)
		out[i] = (float)(sum[i] / length);
}
