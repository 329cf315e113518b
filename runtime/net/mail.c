#include "net/mail.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536
#define MESSAGE_LIMIT ((size_t)64 << 20) /* more is no message of ours */

struct head {
	int32_t tag;
	uint32_t size;
};

struct mail {
	struct loop *loop;
	int fd;
	struct mail_events events;
	struct buffer in, out;
	bool gone;
};

/* A kernel that has no memory left for a message takes it later, and a socket stays writable. */
static bool may_be_taken_later(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

/* Whether the other side may still take something. */
static bool write_some(int fd, struct buffer *out)
{
	while (out->size > 0) {
		ssize_t sent = write(fd, out->data, out->size);
		if (sent > 0)
			buffer_drop(out, (size_t)sent);
		else if (errno != EINTR)
			return may_be_taken_later(errno);
	}
	return true;
}

static void write_all(int fd, struct buffer *out)
{
	while (write_some(fd, out) && out->size > 0) {
		struct pollfd wanted = {.fd = fd, .events = POLLOUT};
		poll(&wanted, 1, -1);
	}
}

static void append(struct buffer *out, int32_t tag, const char *data, size_t size)
{
	const struct head head = {.tag = tag, .size = (uint32_t)size};
	buffer_append(out, &head, sizeof head);
	buffer_append(out, data, size);
}

static void end(struct mail *mail)
{
	mail->gone = true;
	loop_unwatch(mail->loop, mail->fd);
	mail->events.ended(mail->events.context);
}

/* The length of the first message with its head, 0 while it has not come whole. */
static size_t whole(const struct mail *mail, struct head *head)
{
	if (mail->in.size < sizeof *head)
		return 0;
	memcpy(head, mail->in.data, sizeof *head);
	size_t size = sizeof *head + head->size;
	return mail->in.size >= size ? size : 0;
}

static void deliver(struct mail *mail)
{
	struct head head;
	for (size_t size; (size = whole(mail, &head)) > 0;) {
		char *data = memory_bytes(mail->in.data + sizeof head, head.size);
		buffer_drop(&mail->in, size);
		mail->events.message(mail->events.context, head.tag, data, head.size);
		free(data);
	}
}

static void read_some(struct mail *mail)
{
	char bytes[READ_SIZE];
	ssize_t got = read(mail->fd, bytes, sizeof bytes);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	bool taken = got > 0 && buffer_append(&mail->in, bytes, (size_t)got);
	if (!taken)
		end(mail);
	else
		deliver(mail);
}

static void ready(void *context, int fd, unsigned what)
{
	struct mail *mail = context;
	if ((what & LOOP_WRITE) != 0 && write_some(fd, &mail->out) && mail->out.size == 0)
		loop_watch(mail->loop, fd, LOOP_READ, ready, mail);
	if ((what & LOOP_READ) != 0)
		read_some(mail);
}

struct mail *mail_new(struct loop *loop, int fd, const struct mail_events *events)
{
	struct mail *mail = memory_new(sizeof *mail);
	mail->loop = loop;
	mail->fd = fd;
	mail->events = *events;
	buffer_init(&mail->in, MESSAGE_LIMIT);
	buffer_init(&mail->out, BUFFER_UNLIMITED);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	loop_watch(loop, fd, LOOP_READ, ready, mail);
	return mail;
}

void mail_free(struct mail *mail)
{
	if (mail == NULL)
		return;
	if (!mail->gone) {
		write_all(mail->fd, &mail->out);
		loop_unwatch(mail->loop, mail->fd);
	}
	buffer_free(&mail->in);
	buffer_free(&mail->out);
	free(mail);
}

void mail_send(struct mail *mail, int32_t tag, const char *data, size_t size)
{
	if (mail->gone)
		return;
	append(&mail->out, tag, data, size);
	if (write_some(mail->fd, &mail->out) && mail->out.size > 0)
		loop_watch(mail->loop, mail->fd, LOOP_READ | LOOP_WRITE, ready, mail);
}

void mail_write(int fd, int32_t tag, const char *data, size_t size)
{
	struct buffer out = BUFFER_EMPTY;
	append(&out, tag, data, size);
	write_all(fd, &out);
	buffer_free(&out);
}
