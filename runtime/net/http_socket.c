/* Sockets: made and closed by us on libcurl's behalf, so that reads are stamped and each is known.
 * A request is told its socket by the addresses of its ends (connections to two servers may share
 * the local one): libcurl says them just before it sends, and says nothing better before the answer
 * is there. */
#include "net/http_state.h"

#include "base/memory.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void http_format_address(char out[HTTP_ADDRESS_SIZE], const char *ip, int port)
{
	snprintf(out, HTTP_ADDRESS_SIZE, strchr(ip, ':') != NULL ? "[%s]:%d" : "%s:%d", ip, port);
}

struct http_slot *http_slot_of(struct http *http, int fd)
{
	if (fd < 0 || (size_t)fd >= http->slot_count || http->slots[fd].socket == NULL)
		return NULL;
	return &http->slots[fd];
}

static void forget(struct http *http, struct http_socket *socket)
{
	if (socket->next != NULL)
		socket->next->previous = socket->previous;
	if (socket->previous != NULL)
		socket->previous->next = socket->next;
	else
		socket->multi->sockets = socket->next;
	http->slots[socket->fd] = (struct http_slot){NULL, NULL};
	http->socket_count--;
	free(socket);
}

static void remember(struct http_request *request, int fd)
{
	struct http_multi *multi = request->multi;
	struct http *http = multi->http;
	http->slots =
		memory_reaching(http->slots, (size_t)fd, &http->slot_count, sizeof *http->slots);
	if (http->slots[fd].socket != NULL)
		forget(http, http->slots[fd].socket); /* see http_socket_abandon */
	struct http_socket *socket = memory_new(sizeof *socket);
	socket->fd = fd;
	socket->multi = multi;
	socket->opener = request;
	socket->next = multi->sockets;
	if (socket->next != NULL)
		socket->next->previous = socket;
	multi->sockets = socket;
	http->slots[fd].socket = socket;
	http->socket_count++;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_request *request = context;
	(void)purpose;
	if (request->fresh) /* the address before this one was given up; libcurl tells the last */
		http_note_failure(request, http_system_error(request));
	request->family = address->family;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0) {
		http_note_failure(request, errno);
		return CURL_SOCKET_BAD;
	}
	loop_unwatch(request->http->loop, fd); /* see http_socket_abandon */
	stamp_open(fd, request->tls);
	remember(request, fd);
	request->opened = request->fresh = true;
	return fd;
}

/* The connection closes, or libcurl has given it to the next request before it said that this one
 * is done, which learns from the last read when its answer ended. */
static void part_from_user(struct http_socket *socket)
{
	struct http_request *user = socket->user;
	if (user == NULL)
		return;
	if (stamp_reads(socket->fd) > user->reads_before)
		user->closed_ns = stamp_last(socket->fd).t_ns;
	if (user->tls)
		user->tls_broke = stamp_ended(socket->fd);
	http_path_note(user);
	user->socket = NULL;
}

static int close_socket(void *context, curl_socket_t fd)
{
	struct http_multi *multi = context;
	struct http *http = multi->http;
	struct http_slot *slot = http_slot_of(http, fd);
	if (slot != NULL) {
		part_from_user(slot->socket);
		forget(http, slot->socket);
	}
	loop_unwatch(http->loop, fd);
	stamp_close(fd);
	return close(fd);
}

void http_socket_options(CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
}

static void learn_end(
	int fd, int (*name)(int, struct sockaddr *, socklen_t *), struct http_end *end)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	char ip[INET6_ADDRSTRLEN + 16], port[8];
	if (name(fd, (struct sockaddr *)&address, &size) != 0)
		return;
	if (getnameinfo((struct sockaddr *)&address, size, ip, sizeof ip, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	/* libcurl names no interface */
	snprintf(end->ip, sizeof end->ip, "%.*s", (int)strcspn(ip, "%"), ip);
	end->port = atoi(port);
}

static void learn_ends(struct http_socket *socket)
{
	learn_end(socket->fd, getpeername, &socket->remote);
	learn_end(socket->fd, getsockname, &socket->local);
	http_format_address(socket->address, socket->remote.ip, socket->remote.port);
}

static bool is_at(const struct http_end *end, const char *ip, int port)
{
	return end->port == port && strcmp(end->ip, ip) == 0;
}

struct http_socket *http_socket_find(struct http_request *request, const char *local_ip,
	int local_port, const char *remote_ip, int remote_port)
{
	for (struct http_socket *socket = request->multi->sockets; socket != NULL;
		socket = socket->next) {
		if (socket->remote.port == 0)
			learn_ends(socket);
		if (is_at(&socket->local, local_ip, local_port) &&
			is_at(&socket->remote, remote_ip, remote_port))
			return socket;
	}
	return NULL;
}

static void leave(struct http_request *request)
{
	http_body_leave(request);
	if (request->socket != NULL) {
		http_path_note(request);
		request->socket->user = NULL;
	}
	request->socket = NULL;
}

void http_socket_use(struct http_request *request, struct http_socket *socket)
{
	leave(request);
	request->socket = socket;
	request->reads_before = 0;
	if (socket == NULL)
		return;
	part_from_user(socket);
	request->fd = socket->fd;
	socket->user = request;
	socket->opener = NULL;
	request->reads_before = stamp_reads(socket->fd);
}

/* libcurl 7.88 closes a socket that was still connecting by itself, without close_socket: the loop
 * must forget it before, since its number may be another's when libcurl says that it is gone. */
void http_socket_unwatch(struct http_request *request)
{
	if (!request->opened)
		return;
	for (struct http_socket *socket = request->multi->sockets; socket != NULL;
		socket = socket->next)
		if (socket->opener == request)
			loop_unwatch(request->http->loop, socket->fd);
}

/* The same for what we know of such sockets, once libcurl has closed them. */
void http_socket_abandon(struct http_request *request)
{
	leave(request);
	if (!request->opened)
		return;
	struct http_socket *next, *socket = request->multi->sockets;
	for (; socket != NULL; socket = next) {
		next = socket->next;
		if (socket->opener != request)
			continue;
		stamp_close(socket->fd);
		forget(request->http, socket);
	}
}
