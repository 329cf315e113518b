#include "unit.h"

#include "machine/quota.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char root[64];

static int make_root(void **state)
{
	snprintf(root, sizeof root, "/tmp/bench-quota-XXXXXX");
	return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state)
{
	char command[128];
	snprintf(command, sizeof command, "rm -r %s", root);
	return system(command);
}

/* A file below the root, its folders with it. */
static void write_file(const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", root, name);
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')) != NULL; *at++ = '/') {
		*at = '\0';
		mkdir(path, 0700);
	}
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void find(struct quota *quota)
{
	char groups[128];
	snprintf(groups, sizeof groups, "%s/groups", root);
	quota_find(root, groups, quota);
}

static void assert_words(const struct quota *found, const char *part)
{
	struct buffer words = BUFFER_EMPTY;
	quota_append_words(&words, found);
	if (part == NULL)
		assert_int_equal(words.size, 0);
	else
		assert_non_null(strstr(buffer_string(&words), part));
	buffer_free(&words);
}

static void the_group_with_the_least_counts(void **state)
{
	struct quota quota;
	write_file("groups", "1:name=systemd:/\n0::/pod/box\n");
	write_file("pod/cpu.max", "50000 100000\n");
	write_file("pod/cpu.stat", "usage_usec 9\nnr_periods 100\nnr_throttled 7\n");
	write_file("pod/box/cpu.max", "200000 100000\n");
	write_file("pod/box/cpu.stat", "nr_periods 100\nnr_throttled 0\n");
	find(&quota);
	assert_float_equal(quota.cores, 0.5, 1e-9);
	assert_words(&quota, NULL);
	write_file("pod/cpu.stat", "usage_usec 9\nnr_periods 170\nnr_throttled 37\n");
	assert_words(&quota, "may use 0.5 cores and had used that up in 30 of 70 periods");
}

static void a_rare_one_is_no_word_worth(void **state)
{
	struct quota quota;
	write_file("groups", "0::/box\n");
	write_file("box/cpu.max", "50000 100000\n");
	write_file("box/cpu.stat", "nr_periods 0\nnr_throttled 0\n");
	find(&quota);
	write_file("box/cpu.stat", "nr_periods 201\nnr_throttled 2\n");
	assert_words(&quota, NULL);
	write_file("box/cpu.stat", "nr_periods 200\nnr_throttled 2\n");
	assert_words(&quota, "2 of 200");
}

static void a_container_sees_its_own_as_the_root(void **state)
{
	struct quota quota;
	write_file(
		"groups", "5:memory:/docker/1f\n4:cpu,cpuacct:/docker/1f\n3:cpuset:/docker/1f\n");
	write_file("cpu/cpu.cfs_quota_us", "150000\n");
	write_file("cpu/cpu.cfs_period_us", "100000\n");
	write_file("cpu/cpu.stat", "nr_periods 5\nnr_throttled 1\nthrottled_time 9\n");
	find(&quota);
	assert_float_equal(quota.cores, 1.5, 1e-9);
	assert_int_equal(quota.periods, 5);
	assert_int_equal(quota.throttled, 1);
}

static void without_a_limit_there_is_none(void **state)
{
	struct quota quota;
	find(&quota);
	assert_string_equal(quota.folder, "");
	write_file("groups", "9:cpuset:/\nnonsense\n1:cpu:/a\n0::/b\n");
	write_file("cpu/a/cpu.cfs_quota_us", "-1\n");
	write_file("cpu/a/cpu.cfs_period_us", "100000\n");
	write_file("b/cpu.max", "max 100000\n");
	write_file("cpu.max", "5\n");
	find(&quota);
	assert_string_equal(quota.folder, "");
	assert_words(&quota, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_group_with_the_least_counts, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			a_rare_one_is_no_word_worth, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			a_container_sees_its_own_as_the_root, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			without_a_limit_there_is_none, make_root, remove_root),
	};
	return RUN(tests);
}
