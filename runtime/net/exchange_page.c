/* The words of a web page: what a proxy answers in a server's place. */
#include "net/exchange_state.h"

#include <string.h>
#include <strings.h>

/* Behind the next such text, whatever its case; the end where there is none. */
static const char *behind(const char *at, const char *end, const char *text)
{
	size_t size = strlen(text);
	for (; (size_t)(end - at) >= size; at++)
		if (strncasecmp(at, text, size) == 0)
			return at + size;
	return end;
}

static bool begins(const char *at, const char *end, const char *text)
{
	size_t size = strlen(text);
	return (size_t)(end - at) > size && strncasecmp(at, text, size) == 0 &&
	       (at[size] == '>' || at[size] == ' ' || at[size] == '-');
}

/* Past a tag, and past what a browser does not show. A title says what the page says again. */
static const char *skip_tag(const char *at, const char *end)
{
	static const char *const hidden[][2] = {{"<!-", "-->"}, {"<head", "</head>"},
		{"<style", "</style>"}, {"<script", "</script>"}};
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (begins(at, end, hidden[i][0]))
			return behind(at, end, hidden[i][1]);
	return behind(at, end, ">");
}

void exchange_page_words(struct buffer *out, const char *text, size_t size)
{
	const char *at = text, *end = text + size;
	bool gap = false;
	while (at < end) {
		bool tag = *at == '<', blank = strchr(" \t\r\n", *at) != NULL;
		gap = gap || tag || blank;
		if (!tag && !blank) {
			if (gap && out->size)
				buffer_byte(out, ' ');
			buffer_byte(out, *at);
			gap = false;
		}
		at = tag ? skip_tag(at, end) : at + 1;
	}
}
