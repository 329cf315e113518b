#include "base/error.h"

#include "base/secret.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cutting a long message may cut a secret, or its last character: what is left of them is taken
 * away. */
static void mend_cut(char *message, size_t size)
{
	size_t length = strlen(message);
	if (length + 1 == size)
		message[text_whole(message, secret_whole(message, length))] = '\0';
}

bool error_set(struct error *error, enum error_code code, const char *format, ...)
{
	if (error == NULL)
		return false;
	/* Formatted apart: an argument may be the message that stands here already. */
	char message[sizeof error->message];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	mend_cut(message, sizeof message);
	memcpy(error->message, message, sizeof message);
	error->code = code;
	return false;
}

bool error_set_text(struct error *error, enum error_code code, const char *text, size_t size)
{
	char message[sizeof error->message];
	if (size >= sizeof message)
		size = sizeof message - 1;
	for (size_t i = 0; i < size; i++)
		message[i] = text[i] != '\0' ? text[i] : ' ';
	return error_set(error, code, "%.*s", (int)size, message);
}
