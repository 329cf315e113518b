/* verdict [FOLDER]: of simulated comparisons (tests/unit/noise.h, 1,000 of a kind), how many bench
 * calls different: false ones where both sides are the same, found ones where they are not. One
 * line a kind. With FOLDER also the same data as benchstat reads them: FOLDER/NN.base and
 * FOLDER/NN.new for the line NN, one benchmark name a comparison. */
#include "noise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH "%-30s %6s  %-19s %13s %7s %7s %4s"

struct row {
	struct noise_kind kind;
	double shift; /* 0.05: the other side is 5 % above; 0: an A/A test */
	int goal;     /* %: at most for an A/A test, at least for a true shift; 0: none */
};

static void fail(const char *what, const char *where)
{
	fprintf(stderr, "verdict: %s %s: %s\n", what, where, strerror(errno));
	exit(1);
}

static FILE *open_side(const char *folder, int line, const char *side)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%02d.%s", folder, line, side);
	FILE *file = fopen(path, "w");
	if (file == NULL)
		fail("cannot write", path);
	return file;
}

static void close_side(FILE *file, const char *folder)
{
	int failed = ferror(file);
	if (fclose(file) != 0 || failed)
		fail("cannot write in", folder);
}

/* Times around a millisecond, in nanoseconds. */
static void write_values(FILE *file, int comparison, const double *logarithms, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(file, "Benchmark%04d 1 %.6f ns/op\n", comparison, 1e6 * exp(logarithms[i]));
}

static void write_data(const char *folder, int line, const struct noise_kind *kind)
{
	FILE *base = open_side(folder, line, "base"), *other = open_side(folder, line, "new");
	struct random random;
	noise_seed(&random, kind);
	for (int i = 1; i <= NOISE_COMPARISONS; i++) {
		struct noise_sides sides;
		noise_next(&random, kind, &sides);
		write_values(base, i, sides.base, kind->rounds);
		write_values(other, i, sides.other, kind->rounds);
	}
	close_side(base, folder);
	close_side(other, folder);
}

/* %: the most that any test could recognise of the drift with 5 % false ones: of a slope through
 * both sides, whatever step is between them, where the noise is known and so is the direction. */
static double best_of_drift(const struct noise_kind *kind)
{
	double n = (double)kind->rounds, slope = 0.04 / (2 * n - 1);
	double z = slope * sqrt(n * (n * n - 1) / 6) / kind->size;
	return 100 * stats_normal_cdf(z - stats_normal_quantile(0.95));
}

static void print_row(const struct row *row, int called, int drifted)
{
	char what[64], rounds[16], ours[16], drift[32] = "", goal[16] = "";
	bool null = row->shift == 0;
	int length = snprintf(what, sizeof what, "%s", noise_names[row->kind.noise]);
	if (!null)
		snprintf(what + length, sizeof what - (size_t)length, ", %.0f %% at %.0f %% noise",
			100 * row->shift, 100 * row->kind.size);
	snprintf(rounds, sizeof rounds, "%zu", row->kind.rounds);
	snprintf(ours, sizeof ours, "%.1f %%", 100.0 * called / NOISE_COMPARISONS);
	if (!row->kind.in_turn)
		length = snprintf(
			drift, sizeof drift, "%.1f %%", 100.0 * drifted / NOISE_COMPARISONS);
	if (!row->kind.in_turn && row->kind.noise == DRIFTING)
		snprintf(drift + length, sizeof drift - (size_t)length, " of %.0f",
			best_of_drift(&row->kind));
	if (row->goal > 0)
		snprintf(goal, sizeof goal, "%s%d %%", null ? "<= " : ">= ", row->goal);
	int bound = row->goal * NOISE_COMPARISONS / 100;
	bool reached = null ? called <= bound : called >= bound;
	printf(WIDTH "\n", what, rounds, row->kind.in_turn ? "in turn" : "one after the other",
		drift, ours, goal,
		row->goal == 0 ? ""
		: reached      ? "yes"
			       : "NO");
}

static void judge(const struct row *row, int line, const char *folder)
{
	struct noise_kind kind = row->kind;
	kind.shift = log1p(row->shift);
	struct random random;
	noise_seed(&random, &kind);
	int called = 0, drifted = 0;
	for (int i = 0; i < NOISE_COMPARISONS; i++) {
		struct noise_sides sides;
		noise_next(&random, &kind, &sides);
		enum verdict verdict = noise_judge(&kind, &sides);
		called += noise_is_called(verdict);
		drifted += verdict == VERDICT_DRIFT;
	}
	print_row(row, called, drifted);
	if (folder != NULL)
		write_data(folder, line, &kind);
}

static const struct row shifted[] = {
	{{INDEPENDENT, 0.02, 10, 0, true}, 0.05, 99},
	{{INDEPENDENT, 0.05, 20, 0, true}, 0.10, 95},
	{{LONG_TAILED, 0.02, 10, 0, true}, 0.05, 75},
	{{LONG_TAILED, 0.02, 20, 0, true}, 0.05, 98},
	{{INDEPENDENT, 0.02, 10, 0, false}, 0.10, 90},
	{{INDEPENDENT, 0.02, 10, 0, false}, 0.05, 0},
	{{LONG_TAILED, 0.02, 10, 0, false}, 0.10, 80},
	{{LONG_TAILED, 0.02, 20, 0, false}, 0.10, 98},
};

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : NULL;
	static const size_t rounds[] = {5, 10, 20};
	int line = 0;
	printf(WIDTH "\n", "called different, of 1,000", "rounds", "order", "says drift", "bench",
		"goal", "");
	for (int noise = 0; noise < NOISE_COUNT; noise++)
		for (int apart = 0; apart < 2; apart++)
			for (size_t i = 0; i < 3; i++) {
				struct row row = {
					{(enum noise)noise, 0.02, rounds[i], 0, !apart}, 0, 5};
				judge(&row, ++line, folder);
			}
	for (size_t i = 0; i < sizeof shifted / sizeof *shifted; i++)
		judge(&shifted[i], ++line, folder);
	return 0;
}
