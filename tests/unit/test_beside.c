/* A file beside the one whose place it will take, in a folder of the test's own. */
#include "unit.h"

#include "base/beside.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/bench-beside-XXXXXX";

static int enter_folder(void **state)
{
	return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : 1;
}

static int remove_folder(void **state)
{
	unlink("page");
	unlink("link");
	return rmdir(folder);
}

static mode_t mode_of(const char *path)
{
	struct stat facts;
	return stat(path, &facts) == 0 ? facts.st_mode & 0777 : 0;
}

static void a_new_file_has_the_rights_of_any(void **state)
{
	umask(027);
	struct beside beside = beside_make("page");
	assert_string_equal(beside.place, "page");
	assert_int_equal(mode_of(beside.name), 0640);
	assert_int_equal(rename(beside.name, beside.place), 0);
}

static void what_is_there_keeps_its_rights_and_its_links(void **state)
{
	chmod("page", 0604);
	assert_int_equal(symlink("page", "link"), 0);
	struct beside beside = beside_make("link");
	assert_string_equal(strrchr(beside.place, '/'), "/page");
	assert_int_equal(mode_of(beside.name), 0604);
	unlink(beside.name);
}

static void a_device_is_written_itself(void **state)
{
	assert_null(beside_make("/dev/null").name);
	assert_null(beside_make("missing/page").name);
	assert_int_equal(symlink("not yet", "ahead"), 0);
	assert_null(beside_make("ahead").name); /* the link would be replaced, not what it names */
	unlink("ahead");
	assert_null(beside_make(NULL).name);
}

static void a_signal_takes_it_away_until_it_has_its_place(void **state)
{
	for (int done = 0; done <= 1; done++) {
		int status;
		pid_t child = fork();
		if (child == 0) {
			beside_make("page");
			if (done)
				beside_make(NULL);
			raise(SIGTERM);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		char name[64];
		snprintf(name, sizeof name, "%s/page.part-%d", folder, (int)child);
		assert_int_equal(access(name, F_OK) == 0, done);
		unlink(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_file_has_the_rights_of_any),
		cmocka_unit_test(what_is_there_keeps_its_rights_and_its_links),
		cmocka_unit_test(a_device_is_written_itself),
		cmocka_unit_test(a_signal_takes_it_away_until_it_has_its_place),
	};
	return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
