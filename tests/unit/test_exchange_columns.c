/* What an exchange says of itself by column() against what request_metrics says of its row, over
 * every transcript of tests/wire and what these have not. */
#include "replay.h"

#include "script/bind/bind.h"
#include "script/host.h"
#include "script/request.h"

#include <lauxlib.h>
#include <unistd.h>

#define COLUMN_LIMIT 32
#define REQUEST_LIMIT 2000

struct comparison {
	struct host *host;
	size_t columns;
	char names[COLUMN_LIMIT][32];
	char labels[REQUEST_LIMIT][80];
	double said[REQUEST_LIMIT][COLUMN_LIMIT]; /* by column(); NaN for nil */
	size_t requests;
	size_t values, differ;
};

static char database[] = "/tmp/bench-columns-XXXXXX";

static void unlink_database(void)
{
	char path[sizeof database + 8];

	unlink(database);
	snprintf(path, sizeof path, "%s-wal", database);
	unlink(path);
	snprintf(path, sizeof path, "%s-shm", database);
	unlink(path);
}

static struct recorder *start_recorder(void)
{
	struct error error = {0};
	const struct recorder_run run = {.scenario = "case",
		.script_text = "",
		.script_path = "case.lua",
		.options_json = "{}",
		.command_line = "bench run case.lua",
		.keep_text = true,
		.machine_json = "{}"};
	struct recorder *recorder = recorder_start(database, &run, &error);

	if (recorder == NULL)
		fail_msg("%s", error.message);
	return recorder;
}

static void take_names(struct comparison *all)
{
	lua_State *L = host_state(all->host);

	lua_pushcfunction(L, bind_http);
	lua_call(L, 0, 1);
	lua_getfield(L, -1, "columns");
	all->columns = (size_t)lua_rawlen(L, -1);
	assert_in_range(all->columns, 20, COLUMN_LIMIT);
	for (size_t i = 0; i < all->columns; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		snprintf(all->names[i], sizeof all->names[i], "%s", lua_tostring(L, -1));
		lua_pop(L, 1);
	}
	lua_settop(L, 0);
}

/* Asks the exchange, gives its row to the recorder and frees it. */
static void keep(
	struct comparison *all, struct exchange *exchange, const char *call, const char *label)
{
	lua_State *L = host_state(all->host);
	struct request *request = request_new(all->host);
	struct recorder_context context = {.backend = 1,
		.phase_kind = "measure",
		.call = call,
		.round = EXCHANGE_NONE,
		.user = EXCHANGE_NONE};
	size_t place = all->requests++;

	assert_true(place < REQUEST_LIMIT);
	snprintf(all->labels[place], sizeof all->labels[place], "%s", label);
	exchange_free(request->exchange);
	request->exchange = exchange;
	request_record(request, &context);
	bind_push_exchange(L, request);
	for (size_t i = 0; i < all->columns; i++) {
		lua_getfield(L, 1, "column");
		lua_pushvalue(L, 1);
		lua_pushstring(L, all->names[i]);
		lua_call(L, 2, 1);
		all->said[place][i] = lua_isnil(L, -1) ? NAN : lua_tonumber(L, -1);
		lua_pop(L, 1);
	}
	bind_adopt_exchange(L, 1, NULL);
	lua_settop(L, 0);
	request_release(request);
}

static void keep_transcript(void *context, const char *name, const struct transcript *transcript)
{
	keep(context, replay(name, transcript, AS_RECORDED), call_of(transcript), name);
	keep(context, replay(name, transcript, ALL_AT_ONCE), call_of(transcript), name);
}

static struct exchange *connected(int64_t tls_ns)
{
	struct exchange *exchange = SSE({100, C("a")}, {120, C("b")}, {140, FU("stop", 3, 2) D});

	exchange->t_dns = T0;
	exchange->t_connected = T0 + MS(2);
	exchange->t_tls = tls_ns;
	return exchange;
}

/* The second attempt began later, and connected. */
static struct exchange *retried(void)
{
	struct exchange *exchange = connected(EXCHANGE_NONE);

	exchange->attempts = 2;
	exchange->t_attempt = T0 + MS(1);
	return exchange;
}

/* The server's clock names a span of no length, or one without tokens. */
static struct exchange *clocked(int64_t prefill, int64_t decode, int64_t tokens)
{
	struct exchange *exchange = connected(EXCHANGE_NONE);

	exchange->server_load = exchange->server_queue = 0;
	exchange->server_prefill = prefill;
	exchange->server_decode = decode;
	exchange->server_decode_tokens = exchange->evaluated_tokens = tokens;
	return exchange;
}

/* Of another call than chat and complete. */
static struct exchange *whole(
	const struct extract_plan *plan, long status, const char *type, const char *body)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);

	exchange->plan = plan;
	exchange->wants_tokens = exchange->stream = false;
	head(exchange, status, type);
	feed(exchange, SENDS({200, body}));
	end(exchange, END_CLEAN);
	return exchange;
}

static struct exchange *refused_connection(void)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);

	exchange_fail(exchange, OUTCOME_FAILED, "connect", "refused");
	exchange_end(exchange, END_NONE, NULL, T0 + MS(1));
	return exchange;
}

static void keep_others(struct comparison *all)
{
	const struct extract_plan *plan = plan_of(DIALECT_OPENAI);
	const char *events = "data: {\"data\":[]}\n\n";

	keep(all, connected(EXCHANGE_NONE), "chat", "connected");
	keep(all, connected(T0 + MS(5)), "chat", "TLS");
	keep(all, retried(), "chat", "retried");
	keep(all, clocked(0, 0, 0), "chat", "a clock of nothing");
	keep(all, clocked(MS(3), MS(7), 1), "chat", "a clock of one token");
	keep(all, clocked(MS(3), MS(7), 2), "chat", "a clock of two tokens");
	keep(all, SSE({0, C("a")}, {0, C("b") D}), "chat", "no time at all");
	keep(all, SSE({80, ROLE}, {100, F("stop") U(5, 0) D}), "chat", "empty");
	keep(all, SSE({100, C("a")}, {110, FU("stop", 5, 1) D}), "chat", "one token");
	keep(all, SSE({100, C("a")}, {110, ENGINE_DIED}), "chat", "died");
	keep(all, stream(DIALECT_OPENAI, SENDS({100, C("a")}, {120, C("b")}), END_CUT), "chat",
		"cut");
	keep(all, whole(NULL, 200, "text/plain", "ok"), "http", "http");
	keep(all, whole(NULL, 404, "text/plain", "no"), "http", "http 404");
	keep(all, whole(plan, 200, "application/json", "{\"data\":[]}"), "embed", "embed");
	keep(all, whole(plan, 200, "text/event-stream", events), "embed", "embed as a stream");
	keep(all, whole(plan, 500, "application/json", "{\"error\":\"x\"}"), "embed", "embed 500");
	keep(all, refused_connection(), "chat", "refused");
}

static double number_of(const struct store_value *value)
{
	if (value->type == STORE_NULL)
		return NAN;
	return value->type == STORE_REAL ? value->real : (double)value->integer;
}

static bool same(double one, double other)
{
	if (isnan(one) || isnan(other))
		return isnan(one) && isnan(other);
	return fabs(one - other) <= 1e-9 * fmax(fabs(one), fabs(other));
}

static bool compare_row(void *context, const struct store_row *row)
{
	struct comparison *all = context;
	size_t place = (size_t)row->values[0].integer - 1;

	for (size_t i = 1; i < row->count; i++) {
		double said = all->said[place][i - 1], kept = number_of(&row->values[i]);
		all->values++;
		if (same(said, kept))
			continue;
		all->differ++;
		print_error("%s of %s: column() %.9g, request_metrics %.9g\n", row->columns[i],
			all->labels[place], said, kept);
	}
	return true;
}

static void compare_kept(struct comparison *all)
{
	struct error error = {0};
	struct buffer sql = BUFFER_EMPTY;
	struct store *store = store_open(database, STORE_READ, &error);

	buffer_text(&sql, "SELECT seq");
	for (size_t i = 0; i < all->columns; i++)
		buffer_format(&sql, ", %s", all->names[i]);
	buffer_text(&sql, " FROM request_metrics");
	if (store == NULL ||
		!store_query(store, buffer_string(&sql),
			&(struct store_question){.row = compare_row, .context = all}, &error))
		fail_msg("%s", error.message);
	store_close(store);
	buffer_free(&sql);
}

static void an_exchange_and_its_row_say_the_same(void **state)
{
	struct error error = {0};
	struct comparison *all = memory_new(sizeof *all);
	struct recorder *recorder = start_recorder();
	struct host_settings settings = {.recorder = recorder, .trusted = true};

	all->host = host_new(&settings, &error);
	assert_non_null(all->host);
	take_names(all);
	replay_each(keep_transcript, all);
	keep_others(all);
	host_free(all->host);
	if (!recorder_finish(recorder, "done", &error))
		fail_msg("%s", error.message);
	compare_kept(all);
	assert_int_equal(all->values, all->requests * all->columns);
	assert_true(all->requests > 600);
	assert_int_equal(all->differ, 0);
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_and_its_row_say_the_same),
	};
	int file = mkstemp(database);
	if (file < 0)
		return 1;
	close(file);
	int failed = RUN(tests);
	unlink_database();
	plans_free();
	return failed;
}
