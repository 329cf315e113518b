#include "unit.h"

#include "cli/scenario_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_file(void **state)
{
	char path[] = "/tmp/scenario_XXXXXX";
	int fd = mkstemp(path);
	assert_int_equal(write(fd, "a\0b", 3), 3);
	close(fd);
	struct scenario_file file;
	struct error error;
	assert_true(scenario_file_find(&file, path, &error));
	assert_int_equal(file.text.size, 3);
	assert_memory_equal(file.text.data, "a\0b", 3);
	assert_string_equal(file.path, path);
	assert_string_equal(file.name, path + strlen("/tmp/"));
	assert_false(file.embedded);
	scenario_file_free(&file);
	unlink(path);
}

static void a_ready_one(void **state)
{
	static const char *const words[] = {"sky_blue", "scripts/sky_blue.lua"};
	for (size_t i = 0; i < 2; i++) {
		struct scenario_file file;
		struct error error;
		assert_int_equal(chdir("/"), 0);
		assert_true(scenario_file_find(&file, words[i], &error));
		assert_true(file.embedded);
		assert_string_equal(file.path, "scripts/sky_blue.lua");
		assert_string_equal(file.name, "sky_blue");
		assert_non_null(strstr(file.text.data, "bench.scenario"));
		scenario_file_free(&file);
	}
}

static void one_beside_a_folder_of_its_name(void **state)
{
	char folder[] = "/tmp/scenario_XXXXXX";
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("serve", 0700), 0);
	struct scenario_file file;
	struct error error;
	assert_true(scenario_file_find(&file, "serve", &error));
	assert_true(file.embedded);
	scenario_file_free(&file);
	assert_int_equal(rmdir("serve"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void neither(void **state)
{
	struct scenario_file file;
	struct error error;
	assert_false(scenario_file_find(&file, "sky_bleu", &error));
	assert_int_equal(error.code, ERROR_USAGE);
	assert_string_equal(error.message,
		"there is no scenario \"sky_bleu\". Did you mean the ready one sky_blue?");
	assert_false(scenario_file_find(&file, "no/such/thing.lua", &error));
	assert_non_null(strstr(error.message, "bench new NAME"));
	assert_false(scenario_file_find(&file, "/tmp", &error));
	assert_string_equal(error.message, "cannot read the scenario /tmp: it is a folder");
	/* only scenarios may be named out of what is embedded */
	assert_false(scenario_file_find(&file, "lib/bench/json.lua", &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file),
		cmocka_unit_test(a_ready_one),
		cmocka_unit_test(one_beside_a_folder_of_its_name),
		cmocka_unit_test(neither),
	};
	return RUN(tests);
}
