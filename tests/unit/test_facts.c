#include "unit.h"

#include "base/buffer.h"
#include "machine/facts.h"
#include "net/json.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void facts_are_json_with_sorted_keys(void **state)
{
	struct buffer out = BUFFER_EMPTY;
	struct json json = {0};
	facts_json(&out, &(struct facts_libraries){"7.88", "5.4 \"x\"", "3.40"});
	assert_true(json_read(&json, out.data, out.size));
	const char *before = "";
	size_t before_size = 0, keys = 0;
	for (size_t i = 1; i < json.count; i = json.tokens[i + 1].next, keys++) {
		const char *key = json.text + json.tokens[i].start;
		size_t size = (size_t)(json.tokens[i].end - json.tokens[i].start);
		size_t common = size < before_size ? size : before_size;
		int order = strncmp(before, key, common);
		assert_true(order < 0 || (order == 0 && before_size < size));
		before = key;
		before_size = size;
	}
	assert_true(keys >= 7);
	assert_non_null(strstr(out.data, "\"curl\":\"7.88\""));
	assert_non_null(strstr(out.data, "\"lua\":\"5.4 \\\"x\\\"\""));
	assert_non_null(strstr(out.data, "\"cores\":"));
	assert_non_null(strstr(out.data, "\"memory\":"));
	assert_non_null(strstr(out.data, "\"kernel\":"));
	json_free(&json);
	buffer_free(&out);
}

/* What is not known is left out; the same machine gives the same bytes. */
static void facts_are_the_same_twice(void **state)
{
	struct buffer first = BUFFER_EMPTY, second = BUFFER_EMPTY;
	facts_json(&first, &(struct facts_libraries){NULL, NULL, NULL});
	facts_json(&second, &(struct facts_libraries){NULL, "", NULL});
	assert_string_equal(first.data, second.data);
	assert_null(strstr(first.data, "curl"));
	buffer_free(&first);
	buffer_free(&second);
}

static void usage_counts_this_thread(void **state)
{
	struct facts_usage before, after;
	facts_usage(&before);
	volatile double work = 1;
	for (int i = 0; i < 5000000; i++)
		work = work * 1.0000001;
	facts_usage(&after);
	assert_true(after.cpu_ns > before.cpu_ns);
	assert_true(after.rss_bytes > 100000);
	assert_true(after.waiting_ns >= before.waiting_ns);
}

static void a_process_is_known_by_its_start(void **state)
{
	uint64_t own = facts_process_start(getpid());
	assert_true(own > 0);
	assert_true(own == facts_process_start(getpid()));
	assert_true(facts_process_start(1) <= own);
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	siginfo_t ended;
	waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT);
	assert_true(facts_process_start(child) == 0);
	waitpid(child, NULL, 0);
	assert_true(facts_process_start(child) == 0);
	assert_true(facts_process_start(-1) == 0);
	assert_true(facts_process_start(INT64_MAX) == 0);
}

/* Case H2 c. */
static void networks_are_recognised(void **state)
{
	static const struct {
		uint32_t magic;
		const char *type, *name;
		bool network;
	} cases[] = {
		{0x6969, "nfs4", "nfs", true},
		{0xff534d42, "cifs", "cifs", true},
		{0xfe534d42, "smb3", "smb3", true},
		{0x01021997, "9p", "9p", true},
		{0x0bd00bd0, "lustre", "lustre", true},
		{0x65735546, "fuse.sshfs", "fuse.sshfs", true},
		{0x65735546, "virtiofs", "virtiofs", true},
		{0x65735546, "fuseblk", "fuseblk", false},
		{0x65735546, NULL, "fuse", true},
		{0xef53, "ext4", "ext4", false},
		{0x01021994, "tmpfs", "tmpfs", false},
		{0x9123683e, "btrfs", "btrfs", false},
		{0x12345678, NULL, "", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char name[32];
		bool network = facts_network_type(cases[i].magic, cases[i].type, name, sizeof name);
		assert_int_equal(network, cases[i].network);
		assert_string_equal(name, cases[i].name);
	}
}

static void a_path_need_not_exist(void **state)
{
	char name[32];
	assert_false(facts_network_file_system("/proc/self", name, sizeof name));
	assert_string_equal(name, "proc");
	assert_false(facts_network_file_system("/proc/no/such/folder/x.db", name, sizeof name));
	assert_string_equal(name, "proc");
	facts_network_file_system("x.db", name, sizeof name);
	facts_network_file_system("", name, sizeof name);
}

static void the_limit_of_descriptors_is_raised(void **state)
{
	struct rlimit files;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	rlim_t hard = files.rlim_max;
	files.rlim_cur = hard > 256 ? 256 : hard;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	facts_raise_descriptors();
	struct facts_descriptors before = facts_descriptors();
	int copy = dup(0);
	struct facts_descriptors after = facts_descriptors();
	close(copy);
	assert_int_equal(after.open, before.open + 1);
	int open = 0;
	for (int fd = 0; fd < 1024; fd++)
		open += fcntl(fd, F_GETFD) >= 0;
	assert_int_equal(before.open, open);
	assert_true(after.limit >= 256 || (rlim_t)after.limit == hard);
	getrlimit(RLIMIT_NOFILE, &files);
	assert_true(files.rlim_cur == hard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_json_with_sorted_keys),
		cmocka_unit_test(facts_are_the_same_twice),
		cmocka_unit_test(usage_counts_this_thread),
		cmocka_unit_test(a_process_is_known_by_its_start),
		cmocka_unit_test(networks_are_recognised),
		cmocka_unit_test(a_path_need_not_exist),
		cmocka_unit_test(the_limit_of_descriptors_is_raised),
	};
	return RUN(tests);
}
