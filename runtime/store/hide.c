/* A script may say which of its words are secrets when they are kept. */
#include "store/recorder_internal.h"

#include "base/secret.h"
#include "store/store_internal.h"

#include <stdlib.h>

static void redacted(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	(void)count;
	char *clean = secret_redacted((const char *)sqlite3_value_text(arguments[0]));
	if (clean == NULL)
		sqlite3_result_null(context);
	else
		sqlite3_result_text(context, clean, -1, free);
}

bool hide_prepare(struct store *store, struct error *error)
{
	return sqlite3_create_function_v2(store->db, "redacted", 1, SQLITE_UTF8, NULL, redacted,
		       NULL, NULL, NULL) == SQLITE_OK ||
	       store_fail(store, error, "adding functions");
}

bool hide_replaced(struct recorder *recorder, struct error *error)
{
	return store_execute(recorder->store, "PRAGMA secure_delete = ON", error);
}

static bool write_again(struct recorder *recorder, struct error *error)
{
	struct store *store = recorder->store;
	const struct store_value run[] = {store_integer(recorder->place.run)};
	return hide_replaced(recorder, error) && store_begin(store, error) &&
	       store_end(store, store_run(store, "run_hide", run, 1, error), error);
}

void hide_learnt(struct recorder *recorder)
{
	size_t known = secret_count();
	struct error error = {0};
	if (known == recorder->secrets)
		return;
	if (write_again(recorder, &error))
		recorder->secrets = known;
	store_execute(recorder->store, "PRAGMA secure_delete = OFF", &error);
}
