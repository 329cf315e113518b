/* Names. Each is looked up once, by a thread of its own, since getaddrinfo may take half a minute
 * and cannot be stopped; the answer comes back through an eventfd. What the thread touches lives as
 * long as the longest of them, however early everything else is freed. */
#include "net/http_state.h"

#include "base/clock.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ADDRESSES_MOST 8

/* Between the threads and the loop. */
struct mailbox {
	pthread_mutex_t mutex;
	int event;
	int owners;  /* the loop's side, and each thread */
	bool closed; /* the loop's side is gone */
	struct lookup *answered;
};

struct lookup {
	struct mailbox *mailbox;
	struct name *name; /* the loop's side alone looks at it */
	char *host;
	char *addresses, *error; /* the answer: one of them */
	int64_t took_ns;
	struct lookup *next;
};

struct waiter {
	http_resolve_fn fn;
	void *context;
	struct waiter *next;
};

struct name {
	char *host;
	int port;
	bool asked; /* a thread is at it */
	char *addresses, *error;
	int64_t took_ns;
	struct waiter *waiters;
	struct name *next;
};

struct http_names {
	struct loop *loop;
	struct mailbox *mailbox;
	struct name *first;
	bool deferred;
};

/* ---- the thread ---- */

static void lookup_free(struct lookup *lookup)
{
	free(lookup->host);
	free(lookup->addresses);
	free(lookup->error);
	free(lookup);
}

/* Called with the mutex held, which it releases. */
static void mailbox_leave(struct mailbox *mailbox)
{
	bool last = --mailbox->owners == 0;
	pthread_mutex_unlock(&mailbox->mutex);
	if (!last)
		return;
	close(mailbox->event);
	pthread_mutex_destroy(&mailbox->mutex);
	free(mailbox);
}

static char *list_addresses(const struct addrinfo *found)
{
	struct buffer list = BUFFER_EMPTY;
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE];
	for (int count = 0; found != NULL && count < ADDRESSES_MOST; found = found->ai_next) {
		if (getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0,
			    NI_NUMERICHOST) != 0)
			continue;
		buffer_format(&list, "%s%s", count++ ? "," : "", text);
	}
	return buffer_detach(&list, NULL);
}

static void look_up(struct lookup *lookup)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int64_t began = clock_now_ns();
	int code = getaddrinfo(lookup->host, NULL, &hints, &found);
	lookup->took_ns = clock_now_ns() - began;
	if (code == 0)
		lookup->addresses = list_addresses(found);
	else
		lookup->error =
			memory_text(code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
	if (lookup->addresses != NULL && !*lookup->addresses)
		lookup->error = memory_text("the name has no address");
	if (found != NULL)
		freeaddrinfo(found);
}

static void *run_lookup(void *context)
{
	struct lookup *lookup = context;
	struct mailbox *mailbox = lookup->mailbox;
	look_up(lookup);
	pthread_mutex_lock(&mailbox->mutex);
	if (mailbox->closed) {
		lookup_free(lookup);
	} else {
		lookup->next = mailbox->answered;
		mailbox->answered = lookup;
		eventfd_write(mailbox->event, 1);
	}
	mailbox_leave(mailbox);
	return NULL;
}

/* ---- the loop's side ---- */

/* Until one of those who are told asks again for a name that failed. */
static void answer(struct name *name)
{
	while (name->waiters != NULL && !name->asked) {
		struct waiter waiter = *name->waiters;
		char *error = memory_text(name->error);
		free(name->waiters);
		name->waiters = waiter.next;
		waiter.fn(waiter.context, name->addresses, name->took_ns, error);
		free(error);
	}
}

static void answer_known(void *context)
{
	struct http_names *names = context;
	names->deferred = false;
	for (struct name *name = names->first; name != NULL; name = name->next)
		if (!name->asked)
			answer(name);
}

static void answer_later(struct http_names *names)
{
	if (names->deferred)
		return;
	names->deferred = true;
	loop_defer(names->loop, answer_known, names);
}

static void take_answer(struct lookup *lookup)
{
	struct name *name = lookup->name;
	name->asked = false;
	name->took_ns = lookup->took_ns;
	if (lookup->error != NULL) {
		name->error = lookup->error;
	} else {
		name->addresses = lookup->addresses;
		lookup->addresses = NULL;
	}
	lookup->error = NULL;
	lookup_free(lookup);
}

static void on_mail(void *context, int fd, unsigned ready)
{
	struct http_names *names = context;
	eventfd_t count;
	(void)ready;
	eventfd_read(fd, &count);
	pthread_mutex_lock(&names->mailbox->mutex);
	struct lookup *lookup = names->mailbox->answered;
	names->mailbox->answered = NULL;
	pthread_mutex_unlock(&names->mailbox->mutex);
	while (lookup != NULL) {
		struct lookup *next = lookup->next;
		take_answer(lookup);
		lookup = next;
	}
	answer_known(names);
}

struct http_names *http_names_new(struct loop *loop, struct error *error)
{
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (event < 0) {
		error_set(
			error, ERROR_SYSTEM, "cannot look up names: eventfd: %s", strerror(errno));
		return NULL;
	}
	struct http_names *names = memory_new(sizeof *names);
	names->loop = loop;
	names->mailbox = memory_new(sizeof *names->mailbox);
	pthread_mutex_init(&names->mailbox->mutex, NULL);
	names->mailbox->event = event;
	names->mailbox->owners = 1;
	loop_watch(loop, event, LOOP_READ, on_mail, names);
	return names;
}

static void close_mailbox(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->mutex);
	mailbox->closed = true;
	while (mailbox->answered != NULL) {
		struct lookup *lookup = mailbox->answered;
		mailbox->answered = lookup->next;
		lookup_free(lookup);
	}
	mailbox_leave(mailbox);
}

void http_names_free(struct http_names *names)
{
	loop_undefer(names->loop, answer_known, names);
	loop_unwatch(names->loop, names->mailbox->event);
	close_mailbox(names->mailbox);
	while (names->first != NULL) {
		struct name *name = names->first;
		names->first = name->next;
		name->asked = false;
		if (name->addresses == NULL && name->error == NULL)
			name->error = memory_text("the run ended before the name was looked up");
		answer(name);
		free(name->host);
		free(name->addresses);
		free(name->error);
		free(name);
	}
	free(names);
}

/* ---- names ---- */

/* "localhost", and each name below it (RFC 6761). */
static bool is_localhost(const char *host)
{
	static const char last[] = "localhost";
	size_t size = strlen(host);
	if (size < sizeof last - 1)
		return false;
	const char *end = host + size - (sizeof last - 1);
	return strcasecmp(end, last) == 0 && (end == host || end[-1] == '.');
}

/* Addresses that need no lookup; NULL for others. */
static char *literal_addresses(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];
	if (is_localhost(host))
		return memory_text("127.0.0.1,::1");
	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return memory_text(host);
	return NULL;
}

static struct name *name_of(struct http_names *names, const char *host, int port)
{
	for (struct name *name = names->first; name != NULL; name = name->next)
		if (name->port == port && strcasecmp(name->host, host) == 0)
			return name;
	struct name *name = memory_new(sizeof *name);
	name->host = memory_text(host);
	name->port = port;
	name->addresses = literal_addresses(host);
	name->next = names->first;
	names->first = name;
	return name;
}

static void ask(struct http_names *names, struct name *name)
{
	pthread_t thread;
	struct lookup *lookup = memory_new(sizeof *lookup);
	*lookup = (struct lookup){
		.mailbox = names->mailbox, .name = name, .host = memory_text(name->host)};
	free(name->error);
	name->error = NULL;
	pthread_mutex_lock(&names->mailbox->mutex);
	names->mailbox->owners++;
	int code = pthread_create(&thread, NULL, run_lookup, lookup);
	if (code == 0) {
		pthread_detach(thread);
		name->asked = true;
	} else {
		names->mailbox->owners--;
		name->error = memory_text(strerror(code));
		lookup_free(lookup);
	}
	pthread_mutex_unlock(&names->mailbox->mutex);
}

const char *http_names_known(struct http_names *names, const char *host, int port)
{
	return name_of(names, host, port)->addresses;
}

void http_names_wait(
	struct http_names *names, const char *host, int port, http_resolve_fn fn, void *context)
{
	struct name *name = name_of(names, host, port);
	struct waiter **last = &name->waiters;
	while (*last != NULL)
		last = &(*last)->next;
	*last = memory_new(sizeof **last);
	**last = (struct waiter){.fn = fn, .context = context};
	if (name->addresses == NULL && !name->asked)
		ask(names, name);
	if (!name->asked)
		answer_later(names);
}

void http_names_forget(struct http_names *names, http_resolve_fn fn, void *context)
{
	for (struct name *name = names->first; name != NULL; name = name->next) {
		for (struct waiter **at = &name->waiters; *at != NULL;) {
			struct waiter *waiter = *at;
			if (waiter->fn != fn || waiter->context != context) {
				at = &waiter->next;
				continue;
			}
			*at = waiter->next;
			free(waiter);
		}
	}
}
