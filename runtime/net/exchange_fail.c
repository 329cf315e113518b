/* Why a request failed, in words that can be kept: of a server, and our own. */
#include "net/exchange_state.h"

#include "base/secret.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE 4096 /* bytes */

void exchange_quote(struct buffer *out, const char *text, size_t size, size_t most)
{
	if (size > most)
		size = text_whole(text, secret_whole(text, most));
	size_t start = out->size;
	if (size)
		text_append_utf8(out, text, size);
	for (size_t i = start; i < out->size; i++)
		if (out->data[i] == '\0')
			out->data[i] = ' ';
}

void exchange_fail(struct exchange *exchange, enum exchange_outcome outcome, const char *kind,
	const char *format, ...)
{
	char text[MESSAGE_SIZE];
	va_list arguments;
	if (exchange->outcome != OUTCOME_RUNNING)
		return;
	exchange->outcome = outcome;
	snprintf(exchange->error_kind, sizeof exchange->error_kind, "%s", kind);
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	buffer_clear(&exchange->error_message);
	exchange_quote(&exchange->error_message, text, strlen(text), sizeof text - 4);
	secret_redact(&exchange->error_message);
}
