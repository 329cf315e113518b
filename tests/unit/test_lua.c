/* Runs tests/lua/ *_hosted.lua, the tests of lib/ that need what C gives, each in a host of its
 * own; and *_stored.lua in a host as commands have it, with an empty database. */
#include "kept.h"
#include "scripts.h"

#include <glob.h>
#include <stdio.h>

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = calloc(1, (size_t)1 << 20);
	if (file == NULL || text == NULL)
		fail_msg("cannot read %s", path);
	size_t size = fread(text, 1, ((size_t)1 << 20) - 1, file);
	fclose(file);
	assert_true(size > 0);
	return text;
}

static void run_text(struct scripts *scripts, const char *path)
{
	char *text = read_text(path);
	bool ok = scripts_run_trusted(scripts, text);
	free(text);
	if (!ok)
		fail_msg("%s: %s", path, scripts->failure.message);
}

static void run_file(const char *path, struct host_settings settings)
{
	struct scripts scripts;
	settings.script_text = "";
	settings.script_path = "mine.lua";
	scripts_open(&scripts, settings);
	run_text(&scripts, TESTS "/lua/hosted.lua");
	run_text(&scripts, path);
	if (!scripts_run_trusted(&scripts, "return report()"))
		fail_msg("%s:\n%s", path, scripts.failure.message);
	printf("%s: %s passed\n", path, scripts.result);
	scripts_close(&scripts);
}

static void run_files(const char *pattern, struct host_settings settings)
{
	glob_t files;
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		run_file(files.gl_pathv[i], settings);
	globfree(&files);
}

static void the_library_keeps_its_word(void **state)
{
	run_files(TESTS "/lua/*_hosted.lua", (struct host_settings){.trusted = false});
}

static void commands_do_over_a_database(void **state)
{
	struct store *store = kept_open(kept_path("runs.db"), STORE_WRITE);
	run_files(
		TESTS "/lua/*_stored.lua", (struct host_settings){.trusted = true, .store = store});
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_library_keeps_its_word),
		cmocka_unit_test(commands_do_over_a_database),
	};
	return RUN_KEPT(tests);
}
