/* One run of what several processes measured, each into a file of its own. */
#include "store/store_internal.h"

#include <stdlib.h>

/* Its part of a run, while it is attached as "other". */
struct part {
	int64_t number; /* from 0 */
	int64_t from;   /* its run there */
	int64_t to;     /* the whole, here */
};

typedef bool (*part_fn)(struct store *store, struct part *part, struct error *error);

/* Those whose rows are all their parts'. Backends come first: others name them. */
static const char *const tables[] = {"backend", "request", "own_metric", "metric", "check",
	"sample", "promise", "note", "warning"};

static bool begin(struct store *store, int64_t run, struct error *error)
{
	const struct store_value number = store_integer(run);
	return store_run(store, "merge_order_table", NULL, 0, error) &&
	       store_run(store, "merge_order_clear", NULL, 0, error) &&
	       store_run_made(store, "merge_clear", &number, 1, error);
}

static bool number_part(struct store *store, struct part *part, struct error *error)
{
	const struct store_value values[] = {
		store_integer(part->number), store_integer(part->from)};
	return store_run(store, "merge_order_part", values, 2, error);
}

static bool copy_table(
	struct store *store, const struct part *part, const char *table, struct error *error)
{
	const struct store_value values[] = {store_text(table), store_integer(part->to),
		store_integer(part->number), store_integer(part->from)};
	return store_run_made(store, "merge_rows", values, 4, error);
}

static bool take_part(struct store *store, struct part *part, struct error *error)
{
	static const char *const others[] = {
		"merge_sampling", "merge_phases", "merge_health", "merge_run"};
	const struct store_value runs[] = {store_integer(part->to), store_integer(part->from)};
	const struct store_value numbers[] = {
		store_integer(part->to), store_integer(part->number), store_integer(part->from)};
	if (!store_copy_around(store, part->from, error))
		return false;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (!copy_table(store, part, tables[i], error))
			return false;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!store_run(store, others[i], runs, 2, error))
			return false;
	return store_run(store, "merge_timelines", numbers, 3, error);
}

/* The run in the attached file that the question finds. */
static bool find_part(struct store *store, const char *path, const char *question,
	struct part *part, struct error *error)
{
	const struct store_value run = store_integer(part->to);
	char *from = store_ask(store, question, &run, part->to > 0, error);
	if (from == NULL)
		return error_set(error, ERROR_STORE, "%s holds no part of the run", path);
	part->from = strtoll(from, NULL, 10);
	free(from);
	return true;
}

static bool with_part(
	struct store *store, const char *path, struct part *part, part_fn act, struct error *error)
{
	const struct store_value name = store_text("other");
	const char *question = part->to > 0 ? "merge_run_of_part" : "merge_find_part";
	if (!store_attach_runs(store, path, error))
		return false;
	bool ok = find_part(store, path, question, part, error) && store_begin(store, error) &&
		  store_end(store, act(store, part, error), error);
	return store_run(store, "detach", &name, 1, ok ? error : NULL) && ok;
}

static bool with_parts(struct store *store, int64_t run, const char *const *paths, size_t count,
	part_fn act, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		struct part part = {.number = (int64_t)i, .to = run};
		if (!with_part(store, paths[i], &part, act, error))
			return false;
	}
	return true;
}

/* A part whose process is gone ends where it was last seen; one that goes on is no part yet. */
static bool mend(const char *path, struct error *error)
{
	int64_t running = 0;
	struct store *part = store_open(path, STORE_WRITE, error);
	if (part == NULL)
		return false;
	bool ok = store_close_crashed(part, error) && store_running(part, 0, &running, error);
	store_close(part);
	if (ok && running != 0)
		return error_set(error, ERROR_STORE, "%s: its process still measures", path);
	return ok;
}

static bool copy_whole(struct store *store, struct part *part, struct error *error)
{
	if (!store_copy_run_row(store, part->from, &part->to, error))
		return false;
	const struct store_value run = store_integer(part->to);
	return store_run(store, "merge_whole", &run, 1, error);
}

bool store_merge_begin(struct store *store, const char *part, int64_t *to, struct error *error)
{
	struct part found = {.number = 0};
	bool ok = mend(part, error) && with_part(store, part, &found, copy_whole, error);
	*to = found.to;
	return ok;
}

bool store_merge_parts(struct store *store, int64_t to, const char *const *parts, size_t count,
	struct error *error)
{
	const struct store_value end[] = {store_integer(to), store_integer((int64_t)count)};
	for (size_t i = 0; i < count; i++)
		if (!mend(parts[i], error))
			return false;
	return begin(store, to, error) && with_parts(store, to, parts, count, number_part, error) &&
	       store_run(store, "merge_order", NULL, 0, error) &&
	       with_parts(store, to, parts, count, take_part, error) &&
	       store_run(store, "merge_phases_end", end, 1, error) &&
	       (count == 0 || store_run(store, "merge_end", end, 2, error));
}
