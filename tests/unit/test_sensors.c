#include "unit.h"

#include "machine/sensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];
static const char *const folders[] = {
	"thermal_zone0", "thermal_zone1", "thermal_zone2", "cooling_device0"};

static int make_root(void **state)
{
	snprintf(root, sizeof root, "/tmp/bench-sensors-XXXXXX");
	return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state)
{
	char path[128];
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/%s/temp", root, folders[i]);
		unlink(path);
		snprintf(path, sizeof path, "%s/%s", root, folders[i]);
		rmdir(path);
	}
	return rmdir(root);
}

static void write_zone(const char *folder, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", root, folder);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/%s/temp", root, folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void the_hottest_zone_counts(void **state)
{
	double degrees = -1;
	write_zone("thermal_zone0", "41000\n");
	write_zone("thermal_zone1", "57500\n");
	write_zone("thermal_zone2", "-3000\n");
	write_zone("cooling_device0", "99000\n");
	assert_true(sensors_hottest(root, &degrees));
	assert_float_equal(degrees, 57.5, 1e-9);
}

static void a_machine_may_be_below_zero(void **state)
{
	double degrees = 0;
	write_zone("thermal_zone2", "-3000\n");
	assert_true(sensors_hottest(root, &degrees));
	assert_float_equal(degrees, -3, 1e-9);
}

static void what_no_sensor_says_is_unknown(void **state)
{
	double degrees = 7;
	assert_false(sensors_hottest("/dev/null/none", &degrees));
	assert_false(sensors_hottest(root, &degrees));
	write_zone("thermal_zone0", "");
	write_zone("thermal_zone1", "-274000\n");
	write_zone("thermal_zone2", "2147483647\n");
	assert_false(sensors_hottest(root, &degrees));
	assert_float_equal(degrees, 7, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_hottest_zone_counts, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			a_machine_may_be_below_zero, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			what_no_sensor_says_is_unknown, make_root, remove_root),
	};
	return RUN(tests);
}
