#include "cli/run_state.h"

#include <string.h>

static void library(struct buffer *out, const char *name, const char *version)
{
	buffer_append(out, name, strlen(name) + 1);
	buffer_append(out, version, strlen(version) + 1);
}

void run_state_facts(struct buffer *out)
{
	struct buffer libraries;
	buffer_init(&libraries, BUFFER_UNLIMITED);
	library(&libraries, "curl", http_curl_version());
	library(&libraries, "lua", LUA_RELEASE);
	library(&libraries, "sqlite", store_sqlite_version());
	buffer_byte(&libraries, '\0');
	facts_json(out, buffer_string(&libraries));
	buffer_free(&libraries);
}
