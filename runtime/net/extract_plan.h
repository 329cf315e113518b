/* The inside of a compiled plan: all its paths as one tree, so that a message is walked once. */
#ifndef BENCH_NET_EXTRACT_PLAN_H
#define BENCH_NET_EXTRACT_PLAN_H

#include "net/extract.h"

#include <stdbool.h>

#define EXTRACT_STEPS 32 /* of a path */
#define EXTRACT_LEVELS 8 /* the message itself, and each [*] of a path */

enum extract_step_kind { STEP_KEY, STEP_INDEX, STEP_EVERY };

struct extract_step {
	enum extract_step_kind kind;
	const char *key;
	size_t key_size;
	size_t index;
};

/* A place at the node where its path ends. Levels count the [*] above it: 0 is the message. */
struct plan_place {
	enum extract_field field;
	size_t rank; /* its position in the declaration; lower ones win */
	double scale;
	bool whole;
	int choice_level, tool_level; /* whose numbers it carries */
	int level;                    /* its own; what a CHOICE or TOOL_INDEX numbers */
	struct plan_place *next;      /* at the same node */
};

struct plan_node {
	struct extract_step step;
	bool numbers_choice, numbers_tool; /* its elements have a place that numbers them */
	struct plan_place *places;
	struct plan_node *children, *next;
};

struct extract_plan {
	struct plan_node root;
	struct plan_place *places; /* in order of declaration */
	size_t place_count;
	struct extract *extract; /* see extract_of */
};

/* Those of a tool call stand beside each other in EXTRACT_FIELDS. */
static inline bool plan_is_tool_field(enum extract_field field)
{
	return field >= EXTRACT_TOOL_INDEX && field <= EXTRACT_TOOL_ARGUMENTS;
}

#endif
