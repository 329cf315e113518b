#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cutting a long message may cut its last character: what is left of that is taken away. */
static void end_at_character(char *message, size_t size)
{
	size_t length = strlen(message), start = length;
	if (length + 1 < size)
		return;
	do
		start--;
	while (start > 0 && length - start < 4 && ((unsigned char)message[start] & 0xC0) == 0x80);
	if (!text_is_utf8(message + start, length - start))
		message[start] = '\0';
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
	end_at_character(message, sizeof message);
	memcpy(error->message, message, sizeof message);
	error->code = code;
	return false;
}
