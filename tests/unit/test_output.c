#include "unit.h"

#include "base/output.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Puts a pipe where standard output is; *saved brings it back. */
static int redirect(int *saved)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	*saved = dup(STDOUT_FILENO);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	return ends[0];
}

static void restore(int saved)
{
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static void lines_arrive_in_order_and_at_once(void **state)
{
	int saved, reader = redirect(&saved);
	output_start();
	output_text(OUTPUT_STDOUT, "one\n");
	output_format(OUTPUT_STDOUT, "%s %d\n", "two", 2);
	output_flush();
	char seen[64] = "";
	ssize_t size = read(reader, seen, sizeof seen - 1);
	output_stop();
	restore(saved);
	close(reader);
	assert_int_equal(size, 10);
	assert_string_equal(seen, "one\ntwo 2\n");
}

/* Standard output is full and nobody reads it; standard error takes the words. */
static void last_words_do_not_wait_for_a_reader(void **state)
{
	int saved, reader = redirect(&saved), errors[2];
	assert_int_equal(pipe(errors), 0);
	int saved_errors = dup(STDERR_FILENO);
	dup2(errors[1], STDERR_FILENO);
	output_start();
	size_t size = 1000000;
	char *much = calloc(1, size), seen[64] = "";
	output_write(OUTPUT_STDOUT, much, size);
	output_last("the end\n", 1000000);
	ssize_t got = read(errors[0], seen, sizeof seen - 1);
	dup2(saved_errors, STDERR_FILENO);
	for (size_t left = size; left > 0;) {
		ssize_t taken = read(reader, much, left);
		assert_true(taken > 0);
		left -= (size_t)taken;
	}
	output_stop();
	restore(saved);
	for (int i = 0; i < 2; i++)
		close(errors[i]);
	close(saved_errors);
	close(reader);
	free(much);
	assert_int_equal(got, 8);
	assert_string_equal(seen, "the end\n");
}

static void a_reader_that_blocks_stops_nobody(void **state)
{
	int saved, reader = redirect(&saved);
	output_start();
	size_t size = 1000000;
	char *much = malloc(size);
	memset(much, 'x', size);
	for (int i = 0; i < 10; i++)
		output_write(OUTPUT_STDOUT, much,
			size); /* far more than a pipe holds: returns all the same */
	size_t seen = 0;
	while (seen < 10 * size) {
		ssize_t got = read(reader, much, size);
		assert_true(got > 0);
		seen += (size_t)got;
	}
	output_stop();
	restore(saved);
	close(reader);
	free(much);
	assert_int_equal(seen, 10 * size);
}

static void a_reader_that_leaves_stops_nobody(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	int saved, reader = redirect(&saved);
	output_start();
	close(reader);
	for (int i = 0; i < 100; i++)
		output_text(OUTPUT_STDOUT, "nobody reads this\n");
	output_flush();
	output_stop();
	restore(saved);
	assert_false(output_is_read(OUTPUT_STDOUT));
	assert_true(output_is_read(OUTPUT_STDERR));
}

/* What is written to *screen is read from the end that is returned, as it was written. */
static int open_terminal(int columns, int *screen)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
	*screen = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	struct termios raw;
	assert_true(*screen >= 0 && tcgetattr(*screen, &raw) == 0);
	cfmakeraw(&raw);
	tcsetattr(*screen, TCSANOW, &raw);
	ioctl(*screen, TIOCSWINSZ, &(struct winsize){.ws_col = (unsigned short)columns});
	return terminal;
}

static void a_terminal_shows_colours_and_obeys_nothing_else(void **state)
{
	int screen, terminal = open_terminal(132, &screen);
	int saved = dup(STDOUT_FILENO), saved_errors = dup(STDERR_FILENO);
	dup2(screen, STDOUT_FILENO);
	dup2(screen, STDERR_FILENO);
	int columns = output_columns();
	output_text(OUTPUT_STDOUT, "\33[31mred\33[0m \33[8mhidden\33[2J\33[1");
	output_text(OUTPUT_STDERR, "\33[1mbold\7");
	setenv("TERM", "dumb", 1);
	output_status("0 of 2");
	unsetenv("TERM");
	output_status("1\33 of 2");
	output_text(OUTPUT_STDERR, "no\n");
	output_status("2 of 2");
	output_kept("yes\n", 4);
	output_text(OUTPUT_STDOUT, "!");
	output_start();
	output_status("3 of 2");
	output_stop();
	restore(saved);
	dup2(saved_errors, STDERR_FILENO);
	close(saved_errors);
	static const char wanted[] = "\33[31mred\33[0m \uFFFD[8mhidden\uFFFD[2J\uFFFD[1"
				     "\uFFFD[1mbold\uFFFD"
				     "\r\33[K1\uFFFD of 2\r\33[Kno\n"
				     "\r\33[K2 of 2\r\33[Kyes\n!"
				     "\r\33[K3 of 2\r\33[K";
	char seen[sizeof wanted] = "";
	for (size_t size = 0; size < sizeof wanted - 1;) {
		ssize_t got = read(terminal, seen + size, sizeof wanted - 1 - size);
		assert_true(got > 0);
		size += (size_t)got;
	}
	close(screen);
	close(terminal);
	assert_int_equal(columns, 132);
	assert_string_equal(seen, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_arrive_in_order_and_at_once),
		cmocka_unit_test(last_words_do_not_wait_for_a_reader),
		cmocka_unit_test(a_reader_that_blocks_stops_nobody),
		cmocka_unit_test(a_terminal_shows_colours_and_obeys_nothing_else),
		cmocka_unit_test(a_reader_that_leaves_stops_nobody),
	};
	return RUN(tests);
}
