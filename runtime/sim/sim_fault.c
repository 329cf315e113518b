#include "sim/sim_fault.h"

#include "sim/sim_json.h"

#include <stdio.h>
#include <string.h>

static int status_of(const struct sim_reply *reply, enum sim_fault_kind kind)
{
	switch (kind) {
	case SIM_FAULT_NO_PATH:
	case SIM_FAULT_MODEL:
		return 404;
	case SIM_FAULT_METHOD:
		return reply->kind == SIM_LLAMACPP ? 404 : 405;
	case SIM_FAULT_BUSY:
	case SIM_FAULT_LOADING:
		return 503;
	case SIM_FAULT_OPTION:
		return 500;
	default:
		return 400;
	}
}

static const char *text_of(const char *text)
{
	return text != NULL ? text : "";
}

static const char *llamacpp_words(const struct sim_fault *fault, struct buffer *out)
{
	const char *field = text_of(fault->field);
	switch (fault->kind) {
	case SIM_FAULT_EMPTY_BODY:
		buffer_text(out, "[json.exception.parse_error.101] parse error at line 1, column "
				 "1: attempting to parse an empty input; check that your input "
				 "string or stream contains the expected JSON");
		break;
	case SIM_FAULT_BAD_JSON:
		buffer_text(out, "[json.exception.parse_error.101] parse error");
		if (fault->number >= 0)
			buffer_format(out, " at line 1, column %lld", (long long)fault->number + 1);
		buffer_text(out, ": syntax error while parsing value");
		break;
	case SIM_FAULT_MISSING:
		buffer_format(out, "'%s' is required", field);
		break;
	case SIM_FAULT_TYPE:
		buffer_format(out, "Field '%s': [json.exception.type_error.302] type must be %s",
			field, text_of(fault->expected));
		break;
	case SIM_FAULT_TOO_LONG:
		buffer_format(out,
			"request (%lld tokens) exceeds the available context size (%lld tokens), "
			"try increasing it",
			(long long)fault->number, (long long)fault->limit);
		return "exceed_context_size_error";
	default:
		buffer_text(out, text_of(fault->expected));
	}
	return "invalid_request_error";
}

/* Errors of the server itself have their members in another order than errors of a request. */
static void write_llamacpp(const struct sim_fault *fault, int status, struct buffer *body)
{
	const char *message = fault->kind == SIM_FAULT_LOADING ? "Loading model"
			      : fault->kind == SIM_FAULT_BUSY  ? "no slot available"
							       : "File Not Found";
	const char *type = status == 503 ? "unavailable_error" : "not_found_error";
	if (status == 404 || status == 503) {
		buffer_format(body, "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"code\":%d}}",
			message, type, status);
		return;
	}
	struct buffer words = BUFFER_EMPTY;
	type = llamacpp_words(fault, &words);
	buffer_format(body, "{\"error\":{\"code\":%d,\"message\":", status);
	sim_json_buffer(body, &words, false);
	buffer_format(body, ",\"type\":\"%s\"", type);
	if (fault->kind == SIM_FAULT_TOO_LONG)
		buffer_format(body, ",\"n_prompt_tokens\":%lld,\"n_ctx\":%lld",
			(long long)fault->number, (long long)fault->limit);
	buffer_text(body, "}}");
	buffer_free(&words);
}

static void ollama_words(
	const struct sim_reply *reply, const struct sim_fault *fault, struct buffer *out)
{
	const char *field = text_of(fault->field);
	switch (fault->kind) {
	case SIM_FAULT_EMPTY_BODY:
		buffer_text(out, "missing request body");
		break;
	case SIM_FAULT_BAD_JSON:
		buffer_text(out, fault->number >= 0 ? "unexpected EOF"
						    : "invalid character in request body");
		break;
	case SIM_FAULT_TYPE:
		buffer_format(out,
			"json: cannot unmarshal value into Go struct field %s of type %s", field,
			text_of(fault->expected));
		break;
	case SIM_FAULT_OPTION:
		buffer_format(
			out, "option \"%s\" must be of type %s", field, text_of(fault->expected));
		break;
	case SIM_FAULT_MISSING:
		buffer_format(out, "[] is too short - '%s'", field);
		break;
	case SIM_FAULT_TOO_LONG:
		buffer_text(out, "the input length exceeds the context length");
		break;
	case SIM_FAULT_MODEL:
		buffer_format(out, "model '%s' not found", field);
		break;
	case SIM_FAULT_BUSY:
		buffer_text(
			out, "server busy, please try again.  maximum pending requests exceeded");
		break;
	case SIM_FAULT_UNSUPPORTED:
		buffer_format(out, "\"%s\" does not support %s", reply->sim->settings.name, field);
		break;
	default:
		buffer_text(out, text_of(fault->expected));
	}
}

static void write_ollama(const struct sim_reply *reply, const struct sim_fault *fault, int status,
	struct buffer *body)
{
	struct buffer words = BUFFER_EMPTY;
	ollama_words(reply, fault, &words);
	bool v1 = sim_reply_is_v1(reply);
	buffer_text(body, v1 ? "{\"error\":{\"message\":" : "{\"error\":");
	sim_json_buffer(body, &words, true);
	const char *type = status == 404   ? "not_found_error"
			   : status == 503 ? "api_error"
					   : "invalid_request_error";
	if (v1)
		buffer_format(body, ",\"type\":\"%s\",\"param\":null,\"code\":null}", type);
	/* What stops at the door has no newline behind it. */
	buffer_text(body, v1 && status != 400 ? "}\n" : "}");
	buffer_free(&words);
}

static void vllm_validation(
	const char *type, const char *where, const char *message, struct buffer *out)
{
	buffer_format(out, "1 validation error:\n  {'type': '%s', 'loc': 'body%s%s', 'msg': '%s'}",
		type, *where ? "." : "", where, message);
}

/* The message; the parameter it names is put into param. */
static void vllm_words(const struct sim_fault *fault, char param[160], struct buffer *out)
{
	char place[128] = "";
	snprintf(place, sizeof place, "%.100s", text_of(fault->field));
	if (fault->kind == SIM_FAULT_VALUE) {
		snprintf(param, 160, "%s", place);
		buffer_text(out, text_of(fault->expected));
		return;
	}
	char wrong[128] = "Field required";
	if (fault->kind == SIM_FAULT_BAD_JSON) {
		if (fault->number >= 0)
			snprintf(place, sizeof place, "%lld", (long long)fault->number);
		snprintf(wrong, sizeof wrong, "JSON decode error");
	} else if (fault->kind == SIM_FAULT_TYPE) {
		snprintf(wrong, sizeof wrong, "Input should be a valid %s",
			text_of(fault->expected));
	}
	const char *type = fault->kind == SIM_FAULT_BAD_JSON ? "json_invalid"
			   : fault->kind == SIM_FAULT_TYPE   ? "value_type"
							     : "missing";
	vllm_validation(type, place, wrong, out);
	snprintf(param, 160, "body%s%s", *place ? "." : "", place);
}

static void vllm_limit_words(const struct sim_reply *reply, const struct sim_fault *fault,
	char param[160], struct buffer *out)
{
	long long number = (long long)fault->number;
	long long limit = (long long)fault->limit;
	if (fault->kind == SIM_FAULT_TOO_LONG) {
		snprintf(param, 160, "input_tokens");
		buffer_format(out,
			"This model's maximum context length is %lld tokens. However, your prompt "
			"contains at least %lld input tokens, which exceeds this limit even "
			"without any output tokens. Please reduce the length of the input prompt. "
			"(parameter=input_tokens, value=%lld)",
			limit, limit + 1, limit + 1);
	} else if (fault->kind == SIM_FAULT_TOO_MANY) {
		snprintf(param, 160, "max_tokens");
		buffer_format(out,
			"max_tokens=%lld cannot be greater than max_model_len=%lld. Please request "
			"fewer output tokens. (parameter=max_tokens, value=%lld)",
			number, limit, number);
	} else {
		snprintf(param, 160, "model");
		buffer_format(out, "The model `%s` does not exist. Valid aliases: %s.",
			text_of(fault->field), reply->sim->settings.name);
	}
}

static bool is_limit(enum sim_fault_kind kind)
{
	return kind == SIM_FAULT_TOO_LONG || kind == SIM_FAULT_TOO_MANY || kind == SIM_FAULT_MODEL;
}

static const char *vllm_type(enum sim_fault_kind kind, int status)
{
	if (status == 404)
		return "NotFoundError";
	if (status == 503)
		return "ServiceUnavailableError";
	bool validation = kind == SIM_FAULT_EMPTY_BODY || kind == SIM_FAULT_BAD_JSON ||
			  kind == SIM_FAULT_MISSING || kind == SIM_FAULT_TYPE;
	return validation ? "Bad Request" : "BadRequestError";
}

static const char *openai_code(enum sim_fault_kind kind)
{
	switch (kind) {
	case SIM_FAULT_MODEL:
		return "\"model_not_found\"";
	case SIM_FAULT_TOO_LONG:
		return "\"context_length_exceeded\"";
	default:
		return "null";
	}
}

/* vLLM and OpenAI word most of it alike; what vLLM has no path for its framework answers. */
static void write_openai(const struct sim_reply *reply, const struct sim_fault *fault, int status,
	struct buffer *body)
{
	bool vllm = reply->kind == SIM_VLLM;
	const char *method = reply->http->method, *path = reply->http->path;
	struct buffer words = BUFFER_EMPTY;
	char param[160] = "";
	if (is_limit(fault->kind))
		vllm_limit_words(reply, fault, param, &words);
	else if (status == 503)
		buffer_text(&words,
			vllm ? "The server is overloaded; please try again later."
			     : "The server is currently overloaded. Please try again later.");
	else if (fault->kind == SIM_FAULT_NO_PATH)
		buffer_format(&words, "Unknown request URL: %s %s.", method, path);
	else if (fault->kind == SIM_FAULT_METHOD)
		buffer_format(&words, "Not allowed to %s on %s.", method, path);
	else
		vllm_words(fault, param, &words);
	buffer_text(body, "{\"error\":{\"message\":");
	sim_json_buffer(body, &words, false);
	buffer_free(&words);
	if (!vllm) {
		buffer_format(body, ",\"type\":\"%s\",\"param\":null,\"code\":%s}}",
			status == 503 ? "server_error" : "invalid_request_error",
			openai_code(fault->kind));
		return;
	}
	buffer_format(body, ",\"type\":\"%s\",\"param\":", vllm_type(fault->kind, status));
	sim_json_words(body, *param ? param : NULL, false);
	buffer_format(body, ",\"code\":%d}}", status);
}

/* What the frameworks below Ollama and vLLM answer before the server itself is asked. */
static bool framework_answer(struct sim_reply *reply, const struct sim_fault *fault)
{
	bool path = fault->kind == SIM_FAULT_NO_PATH;
	if (!path && fault->kind != SIM_FAULT_METHOD)
		return false;
	char extra[96] = "";
	if (!path)
		snprintf(extra, sizeof extra, "%s: %s\r\n",
			reply->kind == SIM_OLLAMA ? "Allow" : "allow", text_of(fault->field));
	if (reply->kind == SIM_OLLAMA) {
		const char *text = path ? "404 page not found" : "405 method not allowed";
		sim_reply_whole(reply, path ? 404 : 405, "text/plain", extra, text, strlen(text));
		return true;
	}
	if (reply->kind != SIM_VLLM)
		return false;
	const char *text =
		path ? "{\"detail\":\"Not Found\"}" : "{\"detail\":\"Method Not Allowed\"}";
	sim_reply_whole(reply, path ? 404 : 405, "application/json", extra, text, strlen(text));
	return true;
}

bool sim_fault(struct sim_reply *reply, const struct sim_fault *fault)
{
	if (framework_answer(reply, fault))
		return false;
	int status = status_of(reply, fault->kind);
	struct buffer body = BUFFER_EMPTY;
	if (reply->kind == SIM_OLLAMA)
		write_ollama(reply, fault, status, &body);
	else if (reply->kind == SIM_VLLM || reply->kind == SIM_OPENAI)
		write_openai(reply, fault, status, &body);
	else
		write_llamacpp(fault, status, &body);
	const char *type = reply->kind == SIM_OLLAMA && status == 400
				   ? "application/json; charset=utf-8"
				   : sim_reply_json_type(reply);
	sim_reply_whole(reply, status, type,
		fault->kind == SIM_FAULT_BUSY ? "Retry-After: 1\r\n" : NULL, buffer_string(&body),
		body.size);
	buffer_free(&body);
	return false;
}
