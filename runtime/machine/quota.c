#include "machine/quota.h"

#include <stdio.h>
#include <string.h>

#define FEW 100 /* one of so many periods may end early without a word: p99 hardly shows it */

/* Two numbers of a small file; "max" is none. */
static bool read_numbers(const char *folder, const char *name, double numbers[], int count)
{
	char path[640];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	int found = 0;
	while (found < count && fscanf(file, "%lf", &numbers[found]) == 1)
		found++;
	fclose(file);
	return found == count;
}

/* The first version of control groups has a file for each number, and -1 for none. */
static bool read_limit(const char *folder, double *cores)
{
	double limit[2] = {0};
	if (!read_numbers(folder, "cpu.max", limit, 2) &&
		!(read_numbers(folder, "cpu.cfs_quota_us", &limit[0], 1) &&
			read_numbers(folder, "cpu.cfs_period_us", &limit[1], 1)))
		return false;
	*cores = limit[0] / limit[1];
	return limit[0] > 0 && limit[1] > 0;
}

static void read_counts(struct quota *quota)
{
	char path[640], name[32];
	long long value;
	snprintf(path, sizeof path, "%s/cpu.stat", quota->folder);
	FILE *file = fopen(path, "re");
	while (file != NULL && fscanf(file, "%31s %lld", name, &value) == 2) {
		if (strcmp(name, "nr_periods") == 0)
			quota->periods = value;
		if (strcmp(name, "nr_throttled") == 0)
			quota->throttled = value;
	}
	if (file != NULL)
		fclose(file);
}

/* The group of this path, then those above it. In a container its own is the root, whatever path
 * it has outside. */
static void climb(const char *root, const char *hierarchy, char *path, struct quota *least)
{
	char folder[sizeof least->folder];
	for (char *slash = path; slash != NULL;) {
		double cores;
		snprintf(folder, sizeof folder, "%s%s%s", root, hierarchy, path);
		if (read_limit(folder, &cores) &&
			(least->folder[0] == '\0' || cores < least->cores)) {
			least->cores = cores;
			memcpy(least->folder, folder, sizeof folder);
		}
		slash = strrchr(path, '/');
		if (slash != NULL)
			*slash = '\0';
	}
}

/* "cpu" among "cpu,cpuacct" */
static bool has_cpu(const char *controllers)
{
	size_t length;
	for (const char *at = controllers; *at != '\0'; at += length + (at[length] == ',')) {
		length = strcspn(at, ",");
		if (length == 3 && memcmp(at, "cpu", 3) == 0)
			return true;
	}
	return false;
}

void quota_find(const char *root, const char *groups, struct quota *quota)
{
	*quota = (struct quota){0};
	char line[640];
	FILE *file = fopen(groups, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		char *controllers = strchr(line, ':');
		char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
		if (path == NULL)
			continue;
		*path++ = '\0';
		if (controllers[1] == '\0')
			climb(root, "", path, quota);
		else if (has_cpu(controllers + 1))
			climb(root, "/cpu", path, quota);
	}
	if (file != NULL)
		fclose(file);
	if (quota->folder[0] != '\0')
		read_counts(quota);
}

void quota_append_words(struct buffer *out, const struct quota *found)
{
	if (found->folder[0] == '\0')
		return;
	struct quota now = *found;
	read_counts(&now);
	int64_t periods = now.periods - found->periods;
	int64_t throttled = now.throttled - found->throttled;
	if (throttled <= 0 || throttled * FEW < periods)
		return;
	buffer_format(out,
		"bench, and all that runs in the same container or service, may use %.3g cores "
		"and had used that up in %lld of %lld periods: all of it stood still until the "
		"next one, a server in it, too. Raise the limit of CPU, or measure without one.",
		found->cores, (long long)throttled, (long long)periods);
}
