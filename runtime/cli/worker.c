/* One of several processes that make a run: it measures its part into a file of its own, and tells
 * whoever started it how it ended. */
#include "cli/run_state.h"

#include "base/memory.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

char *worker_folder(const char *database, const char *uuid)
{
	return memory_format("%s.workers-%s", database, uuid);
}

char *worker_part(const char *folder, int index)
{
	return memory_format("%s/%d.db", folder, index + 1);
}

char *worker_script(const char *folder)
{
	return memory_format("%s/script.lua", folder);
}

static bool is_socket(int fd)
{
	struct stat found;
	return fstat(fd, &found) == 0 && S_ISSOCK(found.st_mode);
}

static bool no_worker(struct host_worker *worker, struct error *error)
{
	*worker = (struct host_worker){.count = 0};
	return error_set(error, ERROR_USAGE,
		"--worker is what bench run --workers gives to the processes that it starts");
}

bool worker_read(struct run *run, struct error *error)
{
	const char *text = options_text(run->options, "worker");
	struct host_worker *worker = &run->worker;
	if (text == NULL)
		return true;
	bool read =
		sscanf(text, WORKER_SCAN, &worker->index, &worker->count, &run->origin_ns,
			&run->number, run->seed_text, run->like_word, run->uuid) == WORKER_FIELDS;
	if (!read || worker->index < 0 || worker->index >= worker->count || !is_socket(WORKER_MAIL))
		return no_worker(worker, error);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody would take in what is measured from then on */
	signal(SIGTTOU, SIG_IGN); /* in a group of its own it still may write to the terminal */
	options_give(run->options, "seed", run->seed_text);
	if (strcmp(run->like_word, "0") != 0)
		options_give(run->options, "like", run->like_word);
	worker->mail = WORKER_MAIL;
	fcntl(WORKER_MAIL, F_SETFD, FD_CLOEXEC); /* else a server that we start holds it, too */
	worker->folder = worker_folder(run->database, run->uuid);
	run->part = worker_part(worker->folder, worker->index);
	return true;
}

/* What whoever started it has read: the file may be another one by now, or a pipe that is empty. */
bool worker_read_script(struct run *run, struct error *error)
{
	char *path = worker_script(run->worker.folder);
	bool read = scenario_file_reread(&run->scenario, path, error);
	free(path);
	return read;
}

void worker_ends_once(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
}

bool is_worker(const struct run *run)
{
	return run->worker.count > 0;
}

static void report(const struct run *run, const struct worker_report *ended, const char *message)
{
	struct buffer letter = BUFFER_EMPTY;
	buffer_append(&letter, ended, sizeof *ended);
	buffer_text(&letter, message);
	mail_write(run->worker.mail, MAIL_REPORT, letter.data, letter.size);
	buffer_free(&letter);
}

int worker_end(const struct run *run, bool kept)
{
	const struct worker_report ended = {.result = run->result,
		.signal = run->signal,
		.code = run->found_nobody ? ERROR_UNREACHED : run->error.code,
		.kept = kept};
	report(run, &ended, run->error.code != ERROR_NONE ? run->error.message : "");
	return 0;
}

void worker_last_words(const struct run *run, const char *line, const char *time)
{
	const struct worker_report ended = {.code = ERROR_SCRIPT, .kept = true};
	char message[512];
	snprintf(message, sizeof message,
		"%s%sthe script did not wait for %s and was ended (--script-time allows more)",
		line, line[0] != '\0' ? ": " : "", time);
	report(run, &ended, message);
}
