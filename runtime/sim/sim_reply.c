#include "sim/sim_reply.h"

#include "base/clock.h"
#include "sim/sim_connection.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct reason {
	int status;
	const char *words;
};

static const struct reason reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{204, "No Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{413, "Payload Too Large"},
	{422, "Unprocessable Entity"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

const char *sim_reply_reason(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].words;
	return "Status";
}

static void append_date(struct buffer *out, const char *name)
{
	char text[64];
	time_t now = (time_t)(clock_wall_ns() / CLOCK_SECOND_NS);
	struct tm parts;
	gmtime_r(&now, &parts);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
	buffer_format(out, "%s: %s\r\n", name, text);
}

static void head_llamacpp(struct sim_reply *reply, const struct sim_head *head, struct buffer *out)
{
	const char *origin = sim_http_header(reply->http, "origin");
	buffer_format(out, "Server: llama.cpp\r\nAccess-Control-Allow-Origin: %s\r\n",
		origin != NULL ? origin : "");
	buffer_text(out, head->extra != NULL ? head->extra : "");
	if (head->length < 0)
		buffer_text(out, "X-Accel-Buffering: no\r\n");
	if (head->type != NULL)
		buffer_format(out, "Content-Type: %s\r\n", head->type);
	if (head->length >= 0)
		buffer_format(out, "Content-Length: %lld\r\n", (long long)head->length);
	else if (reply->chunked)
		buffer_text(out, "Transfer-Encoding: chunked\r\n");
	/* A stream says Keep-Alive and is closed all the same. */
	bool closes = reply->close && head->length >= 0;
	buffer_text(out, closes ? "Connection: close\r\n" : "Keep-Alive: timeout=5, max=100\r\n");
}

static void head_ollama(struct sim_reply *reply, const struct sim_head *head, struct buffer *out)
{
	buffer_text(out, head->extra != NULL ? head->extra : "");
	if (head->type != NULL)
		buffer_format(out, "Content-Type: %s\r\n", head->type);
	append_date(out, "Date");
	if (head->length >= 0)
		buffer_format(out, "Content-Length: %lld\r\n", (long long)head->length);
	if (reply->close)
		buffer_text(out, "Connection: close\r\n");
	if (head->length < 0 && reply->chunked)
		buffer_text(out, "Transfer-Encoding: chunked\r\n");
}

static void head_vllm(struct sim_reply *reply, const struct sim_head *head, struct buffer *out)
{
	append_date(out, "date");
	buffer_text(out, "server: uvicorn\r\n");
	buffer_text(out, head->extra != NULL ? head->extra : "");
	if (head->length >= 0)
		buffer_format(out, "content-length: %lld\r\n", (long long)head->length);
	if (head->type != NULL)
		buffer_format(out, "content-type: %s\r\n", head->type);
	buffer_text(out, "vary: Origin\r\n");
	if (reply->close)
		buffer_text(out, "connection: close\r\n");
	if (head->length < 0 && reply->chunked)
		buffer_text(out, "transfer-encoding: chunked\r\n");
}

static void head_openai(struct sim_reply *reply, const struct sim_head *head, struct buffer *out)
{
	append_date(out, "Date");
	buffer_text(out, head->extra != NULL ? head->extra : "");
	if (head->type != NULL)
		buffer_format(out, "Content-Type: %s\r\n", head->type);
	if (head->length >= 0)
		buffer_format(out, "Content-Length: %lld\r\n", (long long)head->length);
	else if (reply->chunked)
		buffer_text(out, "Transfer-Encoding: chunked\r\n");
	buffer_format(out, "Connection: %s\r\n", reply->close ? "close" : "keep-alive");
}

void sim_reply_head(struct sim_reply *reply, const struct sim_head *head)
{
	struct buffer out = BUFFER_EMPTY;
	reply->headed = true;
	reply->chunked = head->length < 0 && !reply->http->http10;
	if (head->length < 0 && !reply->chunked)
		reply->close = true;
	/* Whoever asks is to know that nothing real answers (lib/bench/wire.lua). */
	buffer_format(&out, "HTTP/1.1 %d %s\r\nX-Simulated-By: bench\r\n", head->status,
		sim_reply_reason(head->status));
	if (reply->kind == SIM_OLLAMA)
		head_ollama(reply, head, &out);
	else if (reply->kind == SIM_VLLM)
		head_vllm(reply, head, &out);
	else if (reply->kind == SIM_OPENAI)
		head_openai(reply, head, &out);
	else
		head_llamacpp(reply, head, &out);
	buffer_text(&out, "\r\n");
	sim_reply_bytes(reply, out.data, out.size);
	buffer_free(&out);
}

void sim_reply_bytes(struct sim_reply *reply, const void *data, size_t size)
{
	sim_connection_queue(reply->connection, data, size);
}

void sim_reply_chunk(struct sim_reply *reply, const void *data, size_t size)
{
	if (size == 0)
		return;
	if (!reply->chunked) {
		sim_reply_bytes(reply, data, size);
		return;
	}
	char line[32];
	int length = snprintf(line, sizeof line, "%zx\r\n", size);
	sim_reply_bytes(reply, line, (size_t)length);
	sim_reply_bytes(reply, data, size);
	sim_reply_bytes(reply, "\r\n", 2);
}

void sim_reply_flush(struct sim_reply *reply)
{
	sim_connection_flush(reply->connection);
}

void sim_reply_end(struct sim_reply *reply)
{
	if (reply->chunked)
		sim_reply_bytes(reply, "0\r\n\r\n", 5);
	sim_connection_flush(reply->connection);
	reply->abandon = NULL;
	sim_connection_done(reply->connection, reply->close);
}

void sim_reply_whole(struct sim_reply *reply, int status, const char *type, const char *extra,
	const char *data, size_t size)
{
	if (status >= 400 && reply->kind == SIM_LLAMACPP)
		reply->close = true;
	struct sim_head head = {
		.status = status, .type = type, .extra = extra, .length = (int64_t)size};
	sim_reply_head(reply, &head);
	if (strcmp(reply->http->method, "HEAD") != 0)
		sim_reply_bytes(reply, data, size);
	sim_reply_end(reply);
}

bool sim_reply_is_v1(const struct sim_reply *reply)
{
	return strncmp(reply->http->path, "/v1/", 4) == 0;
}

const char *sim_reply_json_type(const struct sim_reply *reply)
{
	bool charset = reply->kind == SIM_LLAMACPP ||
		       (reply->kind == SIM_OLLAMA && !sim_reply_is_v1(reply));
	return charset ? "application/json; charset=utf-8" : "application/json";
}

void sim_reply_json(struct sim_reply *reply, const struct buffer *body)
{
	sim_reply_whole(
		reply, 200, sim_reply_json_type(reply), NULL, buffer_string(body), body->size);
}

void sim_reply_page(struct sim_reply *reply, struct buffer *body)
{
	sim_reply_json(reply, body);
	buffer_free(body);
}
