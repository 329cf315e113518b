#include "machine/facts.h"

#include "base/clock.h"
#include "base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Small files of /proc, /sys and /etc; false when there is none or it is empty. */
static bool read_file(const char *path, char *out, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	size_t filled = 0;
	ssize_t got;
	while (filled < size - 1 && (got = read(file, out + filled, size - 1 - filled)) > 0)
		filled += (size_t)got;
	close(file);
	out[filled] = '\0';
	return filled > 0;
}

/* Cuts the text down to what is printable on one line. */
static void trim(char *text)
{
	text[strcspn(text, "\n")] = '\0';
	size_t start = strspn(text, " \t\"");
	memmove(text, text + start, strlen(text + start) + 1);
	size_t size = strlen(text);
	while (size > 0 && strchr(" \t\"\r", text[size - 1]) != NULL)
		text[--size] = '\0';
}

/* The one line of such a file. */
static bool read_line(const char *path, char *out, size_t size)
{
	if (!read_file(path, out, size))
		return false;
	trim(out);
	return out[0] != '\0';
}

/* What a board without a BIOS is called. */
static bool find_board(char *out, size_t size)
{
	return read_line("/sys/firmware/devicetree/base/model", out, size);
}

/* The value of the first line that begins with name and goes on, after blanks, with the mark. */
static bool find_line(const char *text, const char *name, char mark, char *out, size_t size)
{
	size_t length = strlen(name);
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) != 0)
			continue;
		const char *rest = line + length;
		rest += strspn(rest, " \t");
		if (*rest != mark)
			continue;
		snprintf(out, size, "%s", rest + 1);
		trim(out);
		return out[0] != '\0';
	}
	return false;
}

/* x86 says "model name", ARM boards "Hardware" or "Processor", POWER "cpu", RISC-V "uarch". Many
 * ARM systems name nothing but numbers; then the board's name is the best there is. */
static bool find_cpu(char *out, size_t size)
{
	static const char *const names[] = {
		"model name", "Model Name", "Hardware", "Processor", "cpu model", "cpu", "uarch"};
	char text[8192];
	if (!read_file("/proc/cpuinfo", text, sizeof text))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (find_line(text, names[i], ':', out, size))
			return true;
	if (find_board(out, size))
		return true;
	char maker[32], part[32];
	if (!find_line(text, "CPU implementer", ':', maker, sizeof maker) ||
		!find_line(text, "CPU part", ':', part, sizeof part))
		return false;
	snprintf(out, size, "ARM implementer %s part %s", maker, part);
	return true;
}

static bool find_os(char *out, size_t size)
{
	static const char *const files[] = {"/etc/os-release", "/usr/lib/os-release"};
	char text[8192];
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (read_file(files[i], text, sizeof text) &&
			find_line(text, "PRETTY_NAME", '=', out, size))
			return true;
	char release[32];
	if (!read_file("/system/build.prop", text, sizeof text) ||
		!find_line(text, "ro.build.version.release", '=', release, sizeof release))
		return false;
	snprintf(out, size, "Android %s", release);
	return true;
}

static bool find_android_device(char *out, size_t size)
{
	static const char *const files[] = {"/system/build.prop", "/vendor/build.prop"};
	static const char *const names[] = {
		"ro.product.system.model", "ro.product.model", "ro.product.vendor.model"};
	char text[16384];
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (!read_file(files[i], text, sizeof text))
			continue;
		for (size_t j = 0; j < sizeof names / sizeof *names; j++)
			if (find_line(text, names[j], '=', out, size))
				return true;
	}
	return false;
}

/* What the thing on the desk is called: DMI on PCs, the device tree on boards, properties on
 * phones. */
static bool find_device(char *out, size_t size)
{
	char vendor[128], product[128];
	if (!read_line("/sys/class/dmi/id/product_name", product, sizeof product))
		return find_board(out, size) || find_android_device(out, size);
	bool named = read_line("/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor) &&
		     strncmp(product, vendor, strlen(vendor)) != 0;
	snprintf(out, size, "%s%s%s", named ? vendor : "", named ? " " : "", product);
	return true;
}

static int64_t memory_bytes_total(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	return pages > 0 && page > 0 ? (int64_t)pages * page : 0;
}

static void append_name(struct buffer *out, const char *name)
{
	buffer_format(out, "%s\"%s\":", out->data[out->size - 1] == '{' ? "" : ",", name);
}

static void append_text(struct buffer *out, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	append_name(out, name);
	text_append_json(out, text, strlen(text));
}

static void append_number(struct buffer *out, const char *name, int64_t number)
{
	if (number <= 0)
		return;
	append_name(out, name);
	buffer_format(out, "%lld", (long long)number);
}

static void append_found(struct buffer *out, const char *name, bool (*find)(char *out, size_t size))
{
	char text[256];
	if (find(text, sizeof text))
		append_text(out, name, text);
}

static bool find_governor(char *out, size_t size)
{
	return read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", out, size);
}

void facts_json(struct buffer *out, const struct facts_libraries *libraries)
{
	struct utsname system = {0};
	uname(&system);
	buffer_byte(out, '{');
	append_text(out, "arch", system.machine);
	append_number(out, "cores", sysconf(_SC_NPROCESSORS_ONLN));
	append_found(out, "cpu", find_cpu);
	append_text(out, "curl", libraries->curl);
	append_found(out, "device", find_device);
	append_found(out, "governor", find_governor);
	append_text(out, "kernel", system.release);
	append_text(out, "lua", libraries->lua);
	append_number(out, "memory", memory_bytes_total());
	append_found(out, "os", find_os);
	append_text(out, "sqlite", libraries->sqlite);
	buffer_byte(out, '}');
}

int64_t facts_waiting_ns(void)
{
	char text[256];
	unsigned long long running, waiting;
	if (!read_file("/proc/thread-self/schedstat", text, sizeof text) ||
		sscanf(text, "%llu %llu", &running, &waiting) != 2)
		return -1;
	return (int64_t)waiting;
}

void facts_usage(struct facts_usage *usage)
{
	struct timespec cpu = {0};
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	*usage = (struct facts_usage){.cpu_ns = (int64_t)cpu.tv_sec * CLOCK_SECOND_NS + cpu.tv_nsec,
		.waiting_ns = facts_waiting_ns()};
	char text[256];
	unsigned long long size, resident;
	if (read_file("/proc/self/statm", text, sizeof text) &&
		sscanf(text, "%llu %llu", &size, &resident) == 2)
		usage->rss_bytes = (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static int64_t open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int64_t count = 0;
	if (folder == NULL)
		return 0;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count - 3; /* ".", ".." and the folder's own */
}

void facts_raise_descriptors(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

struct facts_descriptors facts_descriptors(void)
{
	struct rlimit files = {.rlim_cur = RLIM_INFINITY};
	getrlimit(RLIMIT_NOFILE, &files);
	return (struct facts_descriptors){
		.limit = files.rlim_cur >= (rlim_t)INT64_MAX ? INT64_MAX : (int64_t)files.rlim_cur,
		.open = open_descriptors()};
}

uint64_t facts_process_start(int64_t pid)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
	if (!read_file(path, text, sizeof text))
		return 0;
	/* The second field, in parentheses, may hold blanks and parentheses: the last one
	 * ends it. */
	const char *rest = strrchr(text, ')');
	if (rest == NULL || strncmp(rest, ") Z", 3) == 0 || strncmp(rest, ") X", 3) == 0)
		return 0;
	for (int field = 2; rest != NULL && field < 22; field++) {
		rest = strchr(rest, ' ');
		rest = rest != NULL ? rest + 1 : NULL;
	}
	return rest != NULL ? strtoull(rest, NULL, 10) : 0;
}
