/* The simulated server as a process of its own. /proc/self/exe is this test, so that it plays
 * `bench sim` itself when it is started with these words. */
#include "sim_client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static int play_bench(int argc, char **argv)
{
	struct sim_settings settings;
	struct error error = {0};
	enum sim_listener listener = SIM_NOBODY;
	sim_defaults(&settings);
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--port") == 0)
			i++;
		else if (strcmp(argv[i], "--lifeline") == 0)
			listener = SIM_STARTER;
		else if (strcmp(argv[i], "silent") == 0)
			return 0;
		else if (!sim_set_all(&settings, argv[i], &error))
			return 2;
	}
	return sim_main(&settings, "127.0.0.1", 0, listener);
}

static void ask_version(int port, struct buffer *answer)
{
	struct client client = {.port = port};
	buffer_init(answer, BUFFER_UNLIMITED);
	client_ask(&client, "GET", "/api/version", "", answer);
}

static int open_descriptors(void)
{
	int count = 0;
	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void test_lives_and_ends(void **state)
{
	int before = open_descriptors();
	struct sim_process process;
	struct error error = {0};
	struct buffer answer;
	assert_true(sim_spawn("kind=ollama@version=7.8.9", &process, &error));
	assert_in_range(process.port, 1, 65535);
	/* Ctrl-C in the terminal reaches the run's group, not this one. */
	assert_int_equal(getpgid((pid_t)process.pid), process.pid);
	ask_version(process.port, &answer);
	assert_non_null(strstr(answer.data, "{\"version\":\"7.8.9\"}"));
	buffer_free(&answer);
	pid_t pid = (pid_t)process.pid;
	sim_end(&process);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	sim_end(&process); /* twice is nothing */
	assert_int_equal(open_descriptors(), before);
}

static void test_two_end_apart(void **state)
{
	struct sim_process first, second;
	struct error error = {0};
	struct buffer answer;
	assert_true(sim_spawn("", &first, &error));
	assert_true(sim_spawn("", &second, &error));
	/* The second did not inherit the first one's lifeline. */
	sim_end(&first);
	ask_version(second.port, &answer);
	assert_non_null(strstr(answer.data, "200 OK"));
	buffer_free(&answer);
	sim_end(&second);
}

/* It ends by itself when its parent is gone, which is when the pipe closes. */
static void test_lifeline(void **state)
{
	struct sim_process process;
	struct error error = {0};
	assert_true(sim_spawn("", &process, &error));
	close(process.lifeline);
	process.lifeline = -1;
	int status = 0;
	assert_int_equal(waitpid((pid_t)process.pid, &status, 0), process.pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_what_does_not_start(void **state)
{
	struct sim_process process;
	struct error error = {0};
	assert_false(sim_spawn("nonsense=1", &process, &error));
	assert_int_equal(error.code, ERROR_SYSTEM);
	assert_non_null(strstr(error.message, "nonsense=1"));
	assert_int_equal(process.port, 0);
	assert_false(sim_spawn("silent", &process, &error));
}

static void test_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT};
	for (int i = 0; i < 2; i++) {
		struct sim_process process;
		struct error error = {0};
		int status = 0;
		assert_true(sim_spawn("", &process, &error));
		assert_int_equal(kill((pid_t)process.pid, signals[i]), 0);
		assert_int_equal(waitpid((pid_t)process.pid, &status, 0), process.pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		close(process.lifeline);
	}
}

/* Where /proc is not mounted the words say what was not found. */
static void test_nowhere(void **state)
{
	enum { SAID, SILENT, IMPOSSIBLE };
	char place[] = "/tmp/nowhere-XXXXXX";
	int status = 0;
	assert_non_null(mkdtemp(place));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sim_process process;
		struct error error = {0};
		if (chdir(place) != 0 || chroot(place) != 0)
			_exit(IMPOSSIBLE);
		bool said = !sim_spawn("", &process, &error) &&
			    strstr(error.message, "/proc/self/exe") != NULL;
		_exit(said ? SAID : SILENT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(place), 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == IMPOSSIBLE)
		skip();
	assert_int_equal(WEXITSTATUS(status), SAID);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "sim") == 0)
		return play_bench(argc, argv);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives_and_ends),
		cmocka_unit_test(test_two_end_apart),
		cmocka_unit_test(test_lifeline),
		cmocka_unit_test(test_what_does_not_start),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_nowhere),
	};
	return RUN(tests);
}
