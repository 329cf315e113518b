/* What the views of the database will say of an exchange, as numbers: for what a load adds up while
 * it runs. Named and meant as in request_metrics. */
#include "script/bind/exchange_columns.h"

#include "script/bind/bind.h"
#include "script/bind/exchange_fields.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define PER_MS 1e-6 /* of ns */

static double scaled(int64_t value, double scale)
{
	return value != EXCHANGE_NONE ? (double)value * scale : NAN;
}

static double since_start(const struct exchange *exchange, int64_t t_ns)
{
	bool known = t_ns != EXCHANGE_NONE && exchange->t_start != EXCHANGE_NONE;
	return known ? scaled(t_ns - exchange->t_start, PER_MS) : NAN;
}

/* A second; none where one of them does not exist, or no time passed. */
static double rate(int64_t tokens, int64_t ns)
{
	return ns > 0 ? scaled(tokens, 1e9 / (double)ns) : NAN;
}

static double or_none(double value)
{
	return value >= 0 ? value : NAN;
}

static double ttft(const struct exchange *exchange)
{
	return scaled(exchange_ttft(exchange), PER_MS);
}

static double ttfc(const struct exchange *exchange)
{
	return scaled(exchange_ttfc(exchange), PER_MS);
}

/* Where nothing was streamed only a whole answer has an end. */
static int64_t e2e_ns(const struct exchange *exchange)
{
	bool streamed = exchange->streamed && exchange->wants_tokens;
	return streamed || exchange->outcome == OUTCOME_OK ? exchange_e2e(exchange) : EXCHANGE_NONE;
}

static double e2e(const struct exchange *exchange)
{
	return scaled(e2e_ns(exchange), PER_MS);
}

static double tpot(const struct exchange *exchange)
{
	return or_none(exchange_tpot(exchange) * PER_MS);
}

/* How long the connection took to stand; none on a kept one. */
static double connected(const struct exchange *exchange)
{
	int64_t end = exchange->t_tls != EXCHANGE_NONE ? exchange->t_tls : exchange->t_connected;
	int64_t start =
		exchange->t_attempt != EXCHANGE_NONE ? exchange->t_attempt : exchange->t_start;
	return scaled(end != EXCHANGE_NONE ? end - start : EXCHANGE_NONE, PER_MS);
}

static double headers(const struct exchange *exchange)
{
	return since_start(exchange, exchange->t_headers);
}

static double end(const struct exchange *exchange)
{
	return since_start(exchange, exchange->t_end);
}

static double decode_tps(const struct exchange *exchange)
{
	return 1e3 / tpot(exchange);
}

static double tokens_per_s(const struct exchange *exchange)
{
	return rate(exchange->output_tokens, e2e_ns(exchange));
}

static double server_prefill_tps(const struct exchange *exchange)
{
	int64_t evaluated = exchange->evaluated_tokens;
	return rate(evaluated != 0 ? evaluated : EXCHANGE_NONE, exchange->server_prefill);
}

static double server_decode_tps(const struct exchange *exchange)
{
	return or_none(exchange_server_decode_tps(exchange));
}

/* Read by a function, which gives NAN where there is none, or as it stands, times a scale. */
struct column {
	const char *name;
	double (*read)(const struct exchange *exchange);
	size_t offset;
	double scale;
};

#define COUNT(member) NULL, offsetof(struct exchange, member), 1
#define SPAN(member) NULL, offsetof(struct exchange, member), PER_MS
static const struct column columns[] = {
	{"ttft_ms", ttft, 0, 0},
	{"ttfc_ms", ttfc, 0, 0},
	{"tpot_ms", tpot, 0, 0},
	{"e2e_ms", e2e, 0, 0},
	{"connect_ms", connected, 0, 0},
	{"headers_ms", headers, 0, 0},
	{"end_ms", end, 0, 0},
	{"output_tokens", COUNT(output_tokens)},
	{"prompt_tokens", COUNT(prompt_tokens)},
	{"evaluated_tokens", COUNT(evaluated_tokens)},
	{"cached_tokens", COUNT(cached_tokens)},
	{"reasoning_tokens", COUNT(reasoning_tokens)},
	{"decode_tps", decode_tps, 0, 0},
	{"tokens_per_s", tokens_per_s, 0, 0},
	{"server_load_ms", SPAN(server_load)},
	{"server_queue_ms", SPAN(server_queue)},
	{"server_prefill_ms", SPAN(server_prefill)},
	{"server_prefill_tps", server_prefill_tps, 0, 0},
	{"server_decode_ms", SPAN(server_decode)},
	{"server_decode_tps", server_decode_tps, 0, 0},
};
#undef COUNT
#undef SPAN

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

static double number(const struct exchange *exchange, const struct column *column)
{
	if (column->read != NULL)
		return column->read(exchange);
	return scaled(*(const int64_t *)((const char *)exchange + column->offset), column->scale);
}

void exchange_push_columns(lua_State *L)
{
	lua_createtable(L, COLUMN_COUNT, 0);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		lua_pushstring(L, columns[i].name);
		lua_rawseti(L, -2, i + 1);
	}
}

double exchange_column(const struct exchange *exchange, const char *name)
{
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (strcmp(columns[i].name, name) == 0)
			return number(exchange, &columns[i]);
	return NAN;
}

void exchange_add_columns(lua_State *L, int index, const struct exchange *exchange)
{
	for (int i = 0; i < COLUMN_COUNT; i++) {
		double value = number(exchange, &columns[i]);
		if (isnan(value))
			continue;
		if (lua_rawgeti(L, index, i + 1) != LUA_TNIL)
			bind_series_add(L, lua_gettop(L), value);
		lua_pop(L, 1);
	}
}
