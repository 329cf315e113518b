/* `bench run --workers N`: starts as many of ourselves, passes on what they say to each other, and
 * makes one run of what they measured. It measures nothing itself. */
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/output.h"
#include "cli/run_state.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_WORKERS 256

struct worker {
	struct workers *all;
	int index;
	pid_t pid;
	int fd;
	struct mail *mail; /* NULL: it is gone */
	bool has_reported;
};

struct workers {
	struct run *run;
	struct worker *list;
	int count, alive;
	const struct worker *without; /* the first that found no backend */
	char *folder;
	bool ending; /* all were told to end */
	bool kept;   /* each could write what it measured */
};

bool workers_read(struct run *run, struct error *error)
{
	const char *text = options_text(run->options, "workers");
	if (text == NULL || is_worker(run))
		return true;
	char *end;
	long number = strtol(text, &end, 10);
	if (*end != '\0' || number < 1 || number > MOST_WORKERS)
		return error_set(error, ERROR_USAGE,
			"--workers is a whole number from 1 to %d, not \"%s\"", MOST_WORKERS, text);
	run->worker_count = (int)number;
	return true;
}

/* ---- how they end ---- */

static void tell_all(const struct workers *workers, int signal)
{
	for (int i = 0; i < workers->count; i++)
		if (workers->list[i].mail != NULL && !workers->list[i].has_reported)
			kill(workers->list[i].pid, signal);
}

static void end_all(struct workers *workers)
{
	if (!workers->ending)
		tell_all(workers, SIGTERM);
	workers->ending = true;
}

static void interrupted(void *context, int number)
{
	struct workers *workers = context;
	bool first = workers->run->signal == 0;
	if (!interrupt_again() && !first)
		return;
	if (first)
		run_say_interrupted();
	workers->run->signal = number;
	workers->ending = true;
	tell_all(workers, number);
}

static bool is_undisturbed(const struct workers *workers)
{
	return workers->run->signal == 0 && workers->run->error.code == ERROR_NONE;
}

/* Others miss the one that found nobody, and take that for a mistake of the script. */
static void take_error(
	const struct workers *workers, const struct worker_report *ended, const char *message)
{
	struct error *error = &workers->run->error;
	if (workers->without == NULL)
		error_set(error, (enum error_code)ended->code, "%s", message);
	else
		error_set(error, ERROR_UNREACHED,
			"worker %d of %d found no backend, as others did; they were ended",
			workers->without->index + 1, workers->count);
}

static void take_report(struct worker *worker, const char *data, size_t size)
{
	struct workers *workers = worker->all;
	struct run *run = workers->run;
	struct worker_report ended;
	if (size < sizeof ended)
		return;
	memcpy(&ended, data, sizeof ended);
	worker->has_reported = true;
	workers->kept = workers->kept && ended.kept;
	if (run->result == 0)
		run->result = ended.result;
	if (ended.code == ERROR_UNREACHED && workers->without == NULL)
		workers->without = worker;
	else if (ended.code != ERROR_NONE && ended.code != ERROR_UNREACHED &&
		 is_undisturbed(workers))
		take_error(workers, &ended, data + sizeof ended);
	else if (ended.signal != 0 && !workers->ending)
		run->signal = ended.signal;
	if (!is_undisturbed(workers))
		end_all(workers);
}

/* What it said goes to all others. */
static void pass_on(const struct worker *from, int32_t tag, const char *data, size_t size)
{
	for (int i = 0; i < from->all->count; i++) {
		const struct worker *other = &from->all->list[i];
		if (other != from && other->mail != NULL)
			mail_send(other->mail, tag, data, size);
	}
}

static void heard(void *context, int32_t tag, const char *data, size_t size)
{
	struct worker *worker = context;
	if (tag == MAIL_REPORT)
		take_report(worker, data, size);
	else
		pass_on(worker, worker->index, data, size);
}

/* It said nothing before: something ended it from outside. */
static void explain_death(const struct worker *worker, int status)
{
	struct error *error = &worker->all->run->error;
	char how[64];
	if (!is_undisturbed(worker->all))
		return;
	if (WIFSIGNALED(status))
		snprintf(how, sizeof how, "was killed by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof how, "ended with code %d", WEXITSTATUS(status));
	error_set(error, ERROR_SYSTEM, "worker %d of %d (process %d) %s; the others were ended",
		worker->index + 1, worker->all->count, (int)worker->pid, how);
}

static void left(void *context)
{
	struct worker *worker = context;
	struct workers *workers = worker->all;
	int status = 0;
	mail_free(worker->mail);
	worker->mail = NULL;
	close(worker->fd);
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!worker->has_reported) {
		explain_death(worker, status);
		end_all(workers);
	}
	pass_on(worker, -1 - worker->index, NULL, 0);
	if (--workers->alive == 0)
		loop_stop(workers->run->loop);
}

/* ---- how they begin ---- */

/* Our own words with --worker in front, where no "--" stands before it. Free the list alone. */
static char **words_of(char *description, int argc, char **argv)
{
	char **words = memory_new((size_t)(argc + 3) * sizeof *words);
	words[0] = argv[0];
	words[1] = (char *)"--worker";
	words[2] = description;
	memcpy(words + 3, argv + 1, (size_t)argc * sizeof *words);
	return words;
}

/* Nothing of ours goes with it but the socket: the database is open already, so that what it
 * refuses is refused before anybody is started, and its descriptors close on exec. A group of its
 * own: Ctrl-C is for us, who pass it on once. */
static int spawn(struct worker *worker, int fd, char **words)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, WORKER_MAIL);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attributes, 0);
	int failed =
		posix_spawn(&worker->pid, "/proc/self/exe", &actions, &attributes, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failed;
}

static bool start_one(
	struct workers *workers, int index, int argc, char **argv, struct error *error)
{
	const struct run *run = workers->run;
	struct worker *worker = &workers->list[index];
	char description[256];
	int fds[2];
	*worker = (struct worker){.all = workers, .index = index, .fd = -1};
	snprintf(description, sizeof description, WORKER_PRINT, index, workers->count,
		run->origin_ns, run->number, run->seed_text, run->like_number,
		recorder_uuid(run->recorder));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return error_set(
			error, ERROR_SYSTEM, "no socket for a worker: %s", strerror(errno));
	char **words = words_of(description, argc, argv);
	int failed = spawn(worker, fds[1], words);
	free(words);
	close(fds[1]);
	if (failed != 0) {
		close(fds[0]);
		return error_set(error, ERROR_SYSTEM, "cannot start a worker: /proc/self/exe: %s",
			strerror(failed));
	}
	const struct mail_events events = {.message = heard, .ended = left, .context = worker};
	worker->fd = fds[0];
	worker->mail = mail_new(run->loop, worker->fd, &events);
	workers->alive++;
	return true;
}

/* Where one cannot be started, those that were are ended. */
static void start_all(struct workers *workers, int argc, char **argv)
{
	struct error *error = &workers->run->error;
	workers->list = memory_new((size_t)workers->count * sizeof *workers->list);
	for (int i = 0; i < workers->count; i++)
		if (!start_one(workers, i, argc, argv, error)) {
			end_all(workers);
			return;
		}
}

static bool write_script(const struct workers *workers)
{
	const struct buffer *text = &workers->run->scenario.text;
	char *path = worker_script(workers->folder);
	FILE *file = fopen(path, "wbe");
	free(path);
	if (file == NULL)
		return false;
	bool written = fwrite(buffer_string(text), 1, text->size, file) == text->size;
	return fclose(file) == 0 && written;
}

static bool make_folder(struct workers *workers, struct error *error)
{
	workers->folder =
		worker_folder(workers->run->database, recorder_uuid(workers->run->recorder));
	if (mkdir(workers->folder, 0700) == 0 && write_script(workers))
		return true;
	return error_set(error, ERROR_STORE,
		"cannot write to %s, where the workers keep their parts: %s", workers->folder,
		strerror(errno));
}

/* ---- one run of what they measured ---- */

static void remove_folder(const char *folder)
{
	DIR *files = opendir(folder);
	struct dirent *entry;
	while (files != NULL && (entry = readdir(files)) != NULL)
		unlinkat(dirfd(files), entry->d_name, 0);
	if (files != NULL)
		closedir(files);
	rmdir(folder);
}

/* The parts that are there: one that could not begin left none. Free each and the list. */
static char **find_parts(const struct workers *workers, size_t *count)
{
	char **parts = memory_new((size_t)workers->count * sizeof *parts);
	*count = 0;
	for (int i = 0; i < workers->count; i++) {
		char *part = worker_part(workers->folder, i);
		if (access(part, F_OK) == 0)
			parts[(*count)++] = part;
		else
			free(part);
	}
	return parts;
}

static void say_what_stays(const struct workers *workers, bool taken)
{
	const char *folder = workers->folder;
	if (!taken)
		output_format(OUTPUT_STDERR,
			"bench: what the workers measured stays in %s (bench import %s/*.db)\n",
			folder, folder);
	else
		output_format(OUTPUT_STDERR,
			"bench: what a worker could not write to its part stays in %s\n", folder);
}

/* A run that lacks rows is not done. */
static const char *status_of(const struct workers *workers)
{
	const char *status = run_status(workers->run);
	return workers->kept || strcmp(status, "done") != 0 ? status : "failed";
}

static bool take_in(struct workers *workers)
{
	struct run *run = workers->run;
	size_t count;
	char **parts = find_parts(workers, &count);
	bool taken = recorder_finish_parts(
		run->recorder, status_of(workers), (const char *const *)parts, count, NULL);
	run->recorder = NULL;
	if (taken && workers->kept)
		remove_folder(workers->folder);
	else
		say_what_stays(workers, taken);
	for (size_t i = 0; i < count; i++)
		free(parts[i]);
	free(parts);
	return taken && workers->kept;
}

static void wait_for_all(struct workers *workers)
{
	loop_on_signal(workers->run->loop, interrupted, workers);
	if (workers->alive > 0)
		loop_run(workers->run->loop);
	if (workers->run->signal != 0)
		interrupt_unblock(); /* the next one ends us; the parts stay where they are */
}

int workers_main(struct run *run, int argc, char **argv)
{
	struct workers workers = {.run = run, .count = run->worker_count, .kept = true};
	run->number = recorder_run_number(run->recorder);
	if (!make_folder(&workers, &run->error)) {
		recorder_finish(run->recorder, "failed", NULL);
		run->recorder = NULL;
		remove_folder(workers.folder);
		free(workers.folder);
		return run_conclude(run, false);
	}
	start_all(&workers, argc, argv);
	wait_for_all(&workers);
	bool kept = take_in(&workers);
	free(workers.list);
	free(workers.folder);
	return run_conclude(run, kept);
}
