#include "net/extract_plan.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
	const char *path, *at;
	struct error *error;
};

static bool refuse(const struct cursor *cursor, const char *why)
{
	size_t character = (size_t)(cursor->at - cursor->path) + 1;
	error_set(cursor->error, ERROR_USAGE, "path \"%s\": %s at character %zu", cursor->path, why,
		character);
	return false;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool read_name(struct cursor *cursor, struct extract_step *step)
{
	step->kind = STEP_KEY;
	step->key = cursor->at;
	while (is_name(*cursor->at))
		cursor->at++;
	step->key_size = (size_t)(cursor->at - step->key);
	return step->key_size ? true : refuse(cursor, "a name is expected");
}

static bool read_quoted(struct cursor *cursor, struct extract_step *step)
{
	const char *close = strchr(cursor->at + 1, '"');
	if (close == NULL)
		return refuse(cursor, "the quote is not closed");
	step->kind = STEP_KEY;
	step->key = cursor->at + 1;
	step->key_size = (size_t)(close - step->key);
	cursor->at = close + 1;
	return true;
}

static bool read_index(struct cursor *cursor, struct extract_step *step)
{
	step->kind = STEP_INDEX;
	step->index = 0;
	if (*cursor->at < '0' || *cursor->at > '9')
		return refuse(cursor, "a number, * or a quoted key is expected");
	while (*cursor->at >= '0' && *cursor->at <= '9') {
		step->index = step->index * 10 + (size_t)(*cursor->at++ - '0');
		if (step->index > 1000000)
			return refuse(cursor, "the number is too large");
	}
	return true;
}

static bool read_brackets(struct cursor *cursor, struct extract_step *step)
{
	cursor->at++;
	if (*cursor->at == '*') {
		step->kind = STEP_EVERY;
		cursor->at++;
	} else if (*cursor->at == '"') {
		if (!read_quoted(cursor, step))
			return false;
	} else if (!read_index(cursor, step)) {
		return false;
	}
	if (*cursor->at != ']')
		return refuse(cursor, "] is expected");
	cursor->at++;
	return true;
}

static bool read_step(struct cursor *cursor, struct extract_step *step)
{
	if (*cursor->at == '[')
		return read_brackets(cursor, step);
	if (cursor->at != cursor->path) {
		if (*cursor->at != '.')
			return refuse(cursor, ". or [ is expected");
		cursor->at++;
	}
	return read_name(cursor, step);
}

static bool same_step(const struct extract_step *a, const struct extract_step *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == STEP_INDEX)
		return a->index == b->index;
	return a->kind == STEP_EVERY ||
	       (a->key_size == b->key_size && memcmp(a->key, b->key, a->key_size) == 0);
}

static struct plan_node *child_of(struct plan_node *node, const struct extract_step *step)
{
	struct plan_node **link = &node->children;
	while (*link != NULL && !same_step(&(*link)->step, step))
		link = &(*link)->next;
	if (*link == NULL) {
		*link = memory_new(sizeof **link);
		(*link)->step = *step;
		if (step->kind == STEP_KEY)
			(*link)->step.key = memory_bytes(step->key, step->key_size);
	}
	return *link;
}

/* What a path goes through: the message and each [*], in order. */
struct route {
	struct plan_node *levels[EXTRACT_LEVELS];
	int last;
	struct plan_node *end;
};

static bool add_path(
	struct extract_plan *plan, const char *path, struct route *route, struct error *error)
{
	struct cursor cursor = {path, path, error};
	struct extract_step step;
	*route = (struct route){.levels = {&plan->root}, .end = &plan->root};
	for (int steps = 0; steps == 0 || *cursor.at; steps++) {
		if (steps == EXTRACT_STEPS)
			return refuse(&cursor, "the path has too many steps");
		if (!read_step(&cursor, &step))
			return false;
		route->end = child_of(route->end, &step);
		if (step.kind != STEP_EVERY)
			continue;
		if (++route->last == EXTRACT_LEVELS)
			return refuse(&cursor, "the path has too many [*]");
		route->levels[route->last] = route->end;
	}
	return true;
}

/* The field that the whole is an alternative of. */
static enum extract_field in_pieces(enum extract_field field)
{
	switch (field) {
	case EXTRACT_WHOLE_CONTENT:
		return EXTRACT_CONTENT;
	case EXTRACT_WHOLE_REASONING:
		return EXTRACT_REASONING;
	case EXTRACT_WHOLE_TOOL_ID:
		return EXTRACT_TOOL_ID;
	case EXTRACT_WHOLE_TOOL_NAME:
		return EXTRACT_TOOL_NAME;
	case EXTRACT_WHOLE_TOOL_ARGUMENTS:
		return EXTRACT_TOOL_ARGUMENTS;
	default:
		return field;
	}
}

static void add_place(
	struct extract_plan *plan, const struct extract_place *declared, const struct route *route)
{
	struct plan_place *place = &plan->places[plan->place_count];
	place->field = in_pieces(declared->field);
	place->rank = plan->place_count++;
	place->scale = declared->scale;
	place->whole = place->field != declared->field;
	place->level = route->last;
	struct plan_place **link = &route->end->places;
	while (*link != NULL)
		link = &(*link)->next;
	*link = place;
	if (place->field == EXTRACT_CHOICE)
		route->levels[route->last]->numbers_choice = true;
	if (place->field == EXTRACT_TOOL_INDEX)
		route->levels[route->last]->numbers_tool = true;
}

/* Whose numbers the place carries: the innermost numbered element, else what the order of the [*]
 * suggests. */
static void find_levels(struct plan_place *place, const struct route *route)
{
	int choice = -1, tool = -1;
	for (int level = 0; level <= route->last; level++) {
		if (route->levels[level]->numbers_choice)
			choice = level;
		if (route->levels[level]->numbers_tool)
			tool = level;
	}
	if (tool < 0 && plan_is_tool_field(place->field) && route->last != choice)
		tool = route->last;
	if (choice < 0 && route->last >= 1 && tool != 1)
		choice = 1;
	place->choice_level = choice < 0 ? 0 : choice;
	place->tool_level = tool < 0 ? 0 : tool;
}

struct extract_plan *extract_compile(
	const struct extract_place *places, size_t count, struct error *error)
{
	struct extract_plan *plan = memory_new(sizeof *plan);
	struct route *routes = memory_new((count + 1) * sizeof *routes);
	bool compiled = true;
	plan->places = memory_new((count + 1) * sizeof *plan->places);
	for (size_t i = 0; i < count && compiled; i++) {
		if (!isfinite(places[i].scale) || places[i].scale <= 0)
			compiled = error_set(error, ERROR_USAGE,
				"path \"%s\": the scale must be a number above 0", places[i].path);
		else
			compiled = add_path(plan, places[i].path, &routes[i], error);
		if (compiled)
			add_place(plan, &places[i], &routes[i]);
	}
	for (size_t i = 0; i < plan->place_count; i++)
		find_levels(&plan->places[i], &routes[i]);
	free(routes);
	plan->extract = extract_new(plan);
	if (compiled)
		return plan;
	extract_plan_free(plan);
	return NULL;
}

static void free_nodes(struct plan_node *node)
{
	while (node != NULL) {
		struct plan_node *next = node->next;
		free_nodes(node->children);
		if (node->step.kind == STEP_KEY)
			free((char *)node->step.key);
		free(node);
		node = next;
	}
}

void extract_plan_free(struct extract_plan *plan)
{
	if (plan == NULL)
		return;
	extract_free(plan->extract);
	free_nodes(plan->root.children);
	free(plan->places);
	free(plan);
}
