#include "net/extract_plan.h"

#include "base/memory.h"
#include "base/text.h"
#include "net/json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_KEPT ((size_t)1 << 16) /* entries; what a huge message needed is given back */
#define REMEMBERED ((size_t)1 << 12)   /* bytes; a longer message is not held against the next */

/* An element of an array that a [*] went through; the first one is the message itself. Its numbers
 * are its position where the message gives none. */
struct element {
	int choice, tool, position;
};

struct hit {
	const struct plan_place *place;
	uint32_t token;
	uint32_t element, choice, tool; /* elements: the innermost, and whose numbers count */
	bool kept; /* `value` is what the token says in `before`, its text borrowed from there */
	struct extract_value value;
};

/* A message that is alike the one before has its hits in the same tokens: it is not read at all. */
struct extract {
	const struct extract_plan *plan;
	struct json json;     /* of `before` */
	struct buffer before; /* a message; empty where there is none to hold others against */
	struct hit *hits;
	size_t hit_count, hit_capacity;
	struct element *elements;
	size_t element_count, element_capacity;
	bool had_no_numbers;
	struct buffer scratch;
	struct json_changes changes;   /* from `before` to the present message */
	uint32_t open[EXTRACT_LEVELS]; /* the elements above the token that is walked now */
	const struct plan_place *best[EXTRACT_FIELD_COUNT];
	bool best_is_empty[EXTRACT_FIELD_COUNT];
};

struct extract *extract_new(const struct extract_plan *plan)
{
	struct extract *extract = memory_new(sizeof *extract);
	extract->plan = plan;
	buffer_init(&extract->before, REMEMBERED);
	buffer_init(&extract->scratch, BUFFER_UNLIMITED);
	return extract;
}

void extract_free(struct extract *extract)
{
	if (extract == NULL)
		return;
	json_free(&extract->json);
	buffer_free(&extract->before);
	buffer_free(&extract->scratch);
	free(extract->elements);
	free(extract->hits);
	free(extract);
}

struct extract *extract_of(const struct extract_plan *plan)
{
	return plan->extract;
}

bool extract_had_no_numbers(const struct extract *extract)
{
	return extract->had_no_numbers;
}

static int clamped(int64_t number)
{
	if (number > INT_MAX)
		return INT_MAX;
	return number < INT_MIN ? INT_MIN : (int)number;
}

static uint32_t add_element(struct extract *extract, size_t position)
{
	int number = clamped((int64_t)position);
	extract->elements = memory_grown(extract->elements, extract->element_count,
		&extract->element_capacity, sizeof *extract->elements);
	extract->elements[extract->element_count] = (struct element){number, number, number};
	return (uint32_t)extract->element_count++;
}

/* Places of one field are alternatives: keeps the better one. Servers fill those that they do not
 * use with empty texts and zeros. */
static void rank(struct extract *extract, const struct plan_place *place, bool empty)
{
	const struct plan_place **best = &extract->best[place->field];
	bool *best_is_empty = &extract->best_is_empty[place->field];
	if (*best == NULL || (*best_is_empty && !empty) ||
		(*best_is_empty == empty && place->rank < (*best)->rank)) {
		*best = place;
		*best_is_empty = empty;
	}
}

/* A key that comes twice in one object: its hits are neighbours, and the last one counts. */
static struct hit *same_place(struct extract *extract, const struct plan_place *place)
{
	uint32_t element = extract->open[place->level];
	for (size_t i = extract->hit_count; i-- > 0;) {
		struct hit *hit = &extract->hits[i];
		if (hit->element != element)
			return NULL;
		if (hit->place == place)
			return hit;
	}
	return NULL;
}

/* Which call it is must be known before the rest of it: moves up by one what follows in this call.
 */
static size_t make_room(struct extract *extract, const struct hit *hit, size_t at)
{
	while (at > 0 && extract->hits[at - 1].tool == hit->tool &&
		extract->hits[at - 1].place->field > hit->place->field) {
		extract->hits[at] = extract->hits[at - 1];
		at--;
	}
	return at;
}

static void book(struct extract *extract, const struct plan_place *place, size_t token)
{
	const struct json_token *found = &extract->json.tokens[token];
	if (found->kind == JSON_NULL)
		return;
	rank(extract, place, json_is_empty(&extract->json, found));
	struct hit *twice = same_place(extract, place);
	if (twice != NULL) {
		twice->token = (uint32_t)token;
		return;
	}
	extract->hits = memory_grown(
		extract->hits, extract->hit_count, &extract->hit_capacity, sizeof *extract->hits);
	struct hit hit = {place, (uint32_t)token, extract->open[place->level],
		extract->open[place->choice_level], extract->open[place->tool_level],
		.kept = false};
	size_t at = extract->hit_count++;
	if (plan_is_tool_field(place->field))
		at = make_room(extract, &hit, at);
	extract->hits[at] = hit;
}

static void walk(struct extract *extract, const struct plan_node *node, size_t token, int level);

static const struct plan_node *child_for_key(
	struct extract *extract, const struct plan_node *node, size_t token)
{
	const struct json_token *key = &extract->json.tokens[token];
	const char *text = extract->json.text + key->start;
	size_t size = key->end - key->start;
	if (key->escaped)
		json_string(extract->json.text, key, &extract->scratch, &text, &size);
	for (const struct plan_node *child = node->children; child != NULL; child = child->next)
		if (child->step.kind == STEP_KEY && child->step.key_size == size &&
			memcmp(child->step.key, text, size) == 0)
			return child;
	return NULL;
}

static void walk_object(
	struct extract *extract, const struct plan_node *node, size_t token, int level)
{
	const struct json_token *tokens = extract->json.tokens;
	for (size_t key = token + 1; key < tokens[token].next; key = tokens[key + 1].next) {
		const struct plan_node *child = child_for_key(extract, node, key);
		if (child != NULL)
			walk(extract, child, key + 1, level);
	}
}

static void walk_element(struct extract *extract, const struct plan_node *node, size_t token,
	size_t position, int level)
{
	for (const struct plan_node *child = node->children; child != NULL; child = child->next) {
		if (child->step.kind == STEP_INDEX && child->step.index == position)
			walk(extract, child, token, level);
		if (child->step.kind != STEP_EVERY)
			continue;
		extract->open[level + 1] = add_element(extract, position);
		walk(extract, child, token, level + 1);
	}
}

static void walk_array(
	struct extract *extract, const struct plan_node *node, size_t token, int level)
{
	const struct json_token *tokens = extract->json.tokens;
	size_t position = 0;
	for (size_t at = token + 1; at < tokens[token].next; at = tokens[at].next)
		walk_element(extract, node, at, position++, level);
}

/* Depth is that of the plan. */
static void walk(struct extract *extract, const struct plan_node *node, size_t token, int level)
{
	for (const struct plan_place *place = node->places; place != NULL; place = place->next)
		book(extract, place, token);
	if (node->children == NULL)
		return;
	if (extract->json.tokens[token].kind == JSON_OBJECT)
		walk_object(extract, node, token, level);
	else if (extract->json.tokens[token].kind == JSON_ARRAY)
		walk_array(extract, node, token, level);
}

static void mend(struct extract *extract, struct extract_value *value)
{
	if (text_is_utf8(value->text, value->size))
		return;
	buffer_clear(&extract->scratch);
	text_append_utf8(&extract->scratch, value->text, value->size);
	value->text = buffer_string(&extract->scratch);
	value->size = extract->scratch.size;
}

static void read_value(struct extract *extract, const struct json_token *found, const char *json,
	const struct plan_place *place, struct extract_value *value)
{
	bool whole;
	*value = (struct extract_value){.kind = EXTRACT_JSON,
		.whole = place->whole,
		.text = json + found->start,
		.size = found->end - found->start};
	switch (found->kind) {
	case JSON_STRING:
		value->kind = EXTRACT_TEXT;
		value->halves = json_halves(json, found);
		json_string(json, found, &extract->scratch, &value->text, &value->size);
		break;
	case JSON_NUMBER:
		whole = json_number(json, found, &value->integer, &value->number);
		value->kind = whole ? EXTRACT_INTEGER : EXTRACT_DOUBLE;
		value->number *= place->scale;
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		value->kind = EXTRACT_BOOLEAN;
		value->truth = found->kind == JSON_TRUE;
		break;
	default:
		mend(extract, value);
	}
}

static bool is_changed(const struct extract *extract, uint32_t token)
{
	for (size_t i = 0; i < extract->changes.count; i++)
		if (extract->changes.list[i].token == token)
			return true;
	return false;
}

static void read_hit(struct extract *extract, struct hit *hit, const char *json, bool changed)
{
	const struct json_token *token = &extract->json.tokens[hit->token];
	struct json_token moved = json_moved(token, &extract->changes);
	read_value(extract, &moved, json, hit->place, &hit->value);
	hit->kept = !changed && token->kind >= JSON_STRING && extract->before.size &&
		    hit->value.text == json + moved.start;
	if (hit->kept)
		hit->value.text = extract->before.data + token->start;
}

/* What does not differ from message to message is read once. */
static const struct extract_value *value_of(
	struct extract *extract, struct hit *hit, const char *json)
{
	bool changed = is_changed(extract, hit->token);
	if (changed || !hit->kept)
		read_hit(extract, hit, json, changed);
	return &hit->value;
}

/* A number, or its digits in quotes; false for what is neither. */
static bool read_index(const struct extract_value *value, int64_t *index)
{
	*index = value->integer;
	if (value->kind != EXTRACT_TEXT)
		return value->kind == EXTRACT_INTEGER || value->kind == EXTRACT_DOUBLE;
	*index = 0;
	for (size_t i = 0; i < value->size && *index < INT_MAX; i++) {
		if (value->text[i] < '0' || value->text[i] > '9')
			return false;
		*index = *index * 10 + (value->text[i] - '0');
	}
	return value->size > 0;
}

/* The elements get the numbers that the message gives them. */
static void number_elements(struct extract *extract, const char *json)
{
	for (size_t i = 0; i < extract->hit_count; i++) {
		struct hit *hit = &extract->hits[i];
		bool choice = hit->place->field == EXTRACT_CHOICE;
		if (!choice && hit->place->field != EXTRACT_TOOL_INDEX)
			continue;
		int64_t index;
		struct element *element = &extract->elements[hit->element];
		bool read = read_index(value_of(extract, hit, json), &index);
		*(choice ? &element->choice : &element->tool) =
			read ? clamped(index) : element->position;
	}
}

static void deliver(struct extract *extract, const char *json, extract_fn fn, void *context)
{
	for (size_t i = 0; i < extract->hit_count; i++) {
		struct hit *hit = &extract->hits[i];
		if (extract->best[hit->place->field] != hit->place)
			continue;
		fn(context, hit->place->field, extract->elements[hit->choice].choice,
			extract->elements[hit->tool].tool, value_of(extract, hit, json));
	}
}

static void give_back(struct extract *extract)
{
	if (extract->json.capacity > SCRATCH_KEPT)
		json_free(&extract->json);
	if (extract->scratch.capacity > SCRATCH_KEPT)
		buffer_free(&extract->scratch);
	if (extract->element_capacity > SCRATCH_KEPT || extract->hit_capacity > SCRATCH_KEPT) {
		free(extract->elements);
		free(extract->hits);
		extract->elements = NULL;
		extract->hits = NULL;
		extract->element_capacity = extract->hit_capacity = 0;
	}
}

static bool read_anew(struct extract *extract, const char *json, size_t size)
{
	buffer_clear(&extract->before);
	extract->changes.count = 0;
	extract->json.lenient = true;
	if (!json_read(&extract->json, json, size) || extract->json.tokens[0].kind != JSON_OBJECT)
		return false;
	memset(extract->best, 0, sizeof extract->best);
	extract->hit_count = extract->element_count = 0;
	extract->open[0] = add_element(extract, 0);
	walk(extract, &extract->plan->root, 0, 0);
	/* a null in the place of such a number would be alike */
	if (extract->json.no_numbers == 0 && buffer_append(&extract->before, json, size))
		extract->json.text = extract->before.data;
	return true;
}

bool extract_apply(
	struct extract *extract, const char *json, size_t size, extract_fn fn, void *context)
{
	bool alike = extract->before.size &&
		     json_is_alike(&extract->json, json, size, &extract->changes);
	bool read = alike || read_anew(extract, json, size);
	extract->had_no_numbers = extract->json.no_numbers > 0;
	if (read) {
		number_elements(extract, json);
		deliver(extract, json, fn, context);
	}
	give_back(extract);
	return read;
}

static bool is_list_of_answers(const struct plan_node *node)
{
	for (const struct plan_node *child = node->children; child != NULL; child = child->next)
		if (child->step.kind == STEP_EVERY && child->numbers_choice)
			return true;
	return false;
}

bool extract_lists_none(const struct extract_plan *plan, const char *json, size_t size)
{
	struct extract *extract = extract_new(plan);
	extract->json.lenient = true;
	bool none = false, read = json_read(&extract->json, json, size);
	const struct json_token *tokens = extract->json.tokens;
	read = read && tokens[0].kind == JSON_OBJECT;
	for (size_t key = 1; read && key < tokens[0].next; key = tokens[key + 1].next) {
		const struct plan_node *node = child_for_key(extract, &plan->root, key);
		const struct json_token *value = &tokens[key + 1];
		bool empty =
			value->kind == JSON_NULL || (value->kind == JSON_ARRAY && value->size == 0);
		none |= empty && node != NULL && is_list_of_answers(node);
	}
	extract_free(extract);
	return none;
}
