/* What a person names to be read: files and pipes with a writer, in a folder of the test's own. */
#include "unit.h"

#include "base/input.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/bench-input-XXXXXX";

static int enter_folder(void **state)
{
	return mkdtemp(folder) != NULL && chdir(folder) == 0 && mkfifo("pipe", 0600) == 0 ? 0 : 1;
}

static int remove_folder(void **state)
{
	unlink("file");
	unlink("link");
	unlink("pipe");
	return rmdir(folder);
}

static void write_file(const char *text)
{
	int fd = open("file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void is_read(const char *path, const char *wanted)
{
	struct error error;
	struct buffer text;
	buffer_init(&text, 1 << 20);
	assert_true(input_read(path, &text, &error));
	assert_string_equal(buffer_string(&text), wanted);
	buffer_free(&text);
}

static void is_refused(const char *path, const char *wanted)
{
	struct error error;
	struct buffer text;
	buffer_init(&text, 1 << 20);
	assert_false(input_read(path, &text, &error));
	assert_string_equal(error.message, wanted);
	buffer_free(&text);
}

static void a_file_is_read(void **state)
{
	write_file("some words");
	is_read("file", "some words");
	write_file("");
	is_read("file", "");
}

static void what_has_no_end_is_refused(void **state)
{
	is_refused("/dev/zero", "it is neither a file nor a pipe");
	is_refused(".", "it is a folder");
	is_refused("missing", "No such file or directory");
	assert_int_equal(truncate("file", (1 << 20) + 1), 0);
	is_refused("file", "it is larger than 1 MiB");
}

static void a_pipe_without_a_writer_is_empty(void **state)
{
	is_read("pipe", "");
}

/* The writer has the pipe open, and nothing is in it yet. */
static void a_writer_is_waited_for(void **state)
{
	int fd = open("pipe", O_RDWR | O_CLOEXEC);
	pid_t writer = fork();
	if (writer == 0) {
		usleep(50000);
		_exit(write(fd, "late", 4) == 4 ? 0 : 1);
	}
	close(fd);
	is_read("pipe", "late");
}

static void kinds_are_told_apart(void **state)
{
	write_file("");
	assert_string_equal(input_kind("file"), "file");
	assert_string_equal(input_kind("pipe"), "pipe");
	assert_string_equal(input_kind("."), "folder");
	assert_string_equal(input_kind("/dev/zero"), "other");
	assert_null(input_kind("missing"));
	assert_true(input_is_file("file"));
	assert_false(input_is_file("pipe"));
}

static void one_file_has_many_names(void **state)
{
	write_file("");
	assert_int_equal(symlink("file", "link"), 0);
	assert_true(input_is_same("link", "./file"));
	assert_false(input_is_same("file", "pipe"));
	assert_false(input_is_same("missing", "missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read),
		cmocka_unit_test(what_has_no_end_is_refused),
		cmocka_unit_test(a_pipe_without_a_writer_is_empty),
		cmocka_unit_test(a_writer_is_waited_for),
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(one_file_has_many_names),
	};
	return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
