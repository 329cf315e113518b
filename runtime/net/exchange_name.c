/* The words of an exchange that are kept and shown. */
#include "net/exchange.h"

#include <stdio.h>

const char *exchange_outcome_name(enum exchange_outcome outcome)
{
	static const char *const names[] = {"running", "ok", "failed", "truncated", "incomplete",
		"empty", "cancelled", "dropped"};
	return names[outcome];
}

const char *exchange_tokens_source_name(enum exchange_tokens_source source)
{
	static const char *const names[] = {"none", "usage", "tokenizer", "events"};
	return names[source];
}

void exchange_flag_names(unsigned flags, char *out, size_t size)
{
	static const struct {
		unsigned flag;
		const char *name;
	} sorted[EXCHANGE_FLAG_COUNT] = {
		{EXCHANGE_BURST, "burst"},
		{EXCHANGE_CACHED, "cached"},
		{EXCHANGE_COALESCED, "coalesced"},
		{EXCHANGE_CORRECTED, "corrected"},
		{EXCHANGE_FLUSHED, "flushed"},
		{EXCHANGE_LATE, "late"},
		{EXCHANGE_NOT_APPLIED, "not_applied"},
		{EXCHANGE_RECONNECTED, "reconnected"},
		{EXCHANGE_RESET, "reset"},
		{EXCHANGE_SHORT, "short"},
	};
	size_t used = 0;
	if (size)
		out[0] = '\0';
	for (size_t i = 0; i < EXCHANGE_FLAG_COUNT; i++) {
		if (!(flags & sorted[i].flag) || used >= size)
			continue;
		used += (size_t)snprintf(
			out + used, size - used, "%s%s", used ? "," : "", sorted[i].name);
	}
}
