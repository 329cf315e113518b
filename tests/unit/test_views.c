/* The public face: names, types and values of db/views. */
#include "recording.h"

#include "embedded.h"

static const char *const faces[][2] = {
	{"runs",
		"run uuid scenario script_hash started_at ended_at duration_s status bench_version "
		"simulated imported label seed options machine requests ok failed"},
	{"backends", "run backend kind address server_version model digest architecture parameters "
		     "quantization bits_per_weight context slots"},
	{"request_metrics",
		"run request started_at backend phase phase_kind call label round user seq prompt "
		"cache outcome error_kind error_message http_status finish_reason sched_ms "
		"start_ms "
		"wait_ms connect_ms send_ms headers_ms ttft_ms ttfc_ms e2e_ms finish_ms end_ms "
		"tpot_ms icl_mean_ms icl_max_ms prompt_tokens evaluated_tokens cached_tokens "
		"output_tokens reasoning_tokens token_source token_events reads bytes chars "
		"chars_per_s tokens_per_s decode_tps server_load_ms server_queue_ms "
		"server_prefill_ms server_prefill_tps server_decode_ms server_decode_tps streamed "
		"cold_start attempts flags stamp_source http_version lump at_once "
		"in_pieces packet_loss answer"},
	{"run_summary",
		"run backend call label phase metric unit n missing mean stddev min p50 p90 p95 "
		"p99 max"},
	{"phases",
		"run phase label kind arrivals started_ms seconds asked_rate achieved_rate dropped "
		"start_lag_p99_ms client_cpu"},
	{"prompts", "prompt text chars"},
	{"notes", "run key value"},
	{"promises", "run phase backend label sentence value kept"},
	{"measurements", "run request t_ms label name value unit"},
	{"checks", "run request name passed"},
	{"warnings", "run backend request code text"},
	{"samples", "run t_ms source name value unit"},
	{"machines", "machine cpu cores memory os kernel governor device"},
	{"events", "run request seq t_ms tokens channel"},
	{"as_vllm", "run request backend ttft_ms e2e_ms tpot_ms"},
	{"as_aiperf", "run request backend ttft_ms e2e_ms tpot_ms"},
	{"as_guidellm", "run request backend ttft_ms e2e_ms tpot_ms"},
	{"as_sglang", "run request backend ttft_ms e2e_ms tpot_ms"},
	{"as_genai_bench", "run request backend ttft_ms e2e_ms tpot_ms"},
	{"as_evalscope", "run request backend ttft_ms e2e_ms tpot_ms"},
};

static void names_and_order_are_those_promised(void **state)
{
	struct store *store = kept_open(kept_path("names.db"), STORE_WRITE);
	for (size_t i = 0; i < sizeof faces / sizeof *faces; i++) {
		char sql[256];
		snprintf(sql, sizeof sql,
			"SELECT group_concat(name, ' ') FROM pragma_table_info('%s')", faces[i][0]);
		kept_is_text(store, sql, faces[i][1]);
	}
	store_close(store);
}

static void squeeze(char *text)
{
	char *to = text;
	for (const char *from = text; *from != '\0'; from++)
		if (strchr(" \n\t", *from) == NULL)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
}

static bool is_cast(const char *sql, const char *column)
{
	static const char *const types[] = {"DOUBLE", "INTEGER", "TEXT", "BIGINT"};
	for (size_t i = 0; i < 4; i++) {
		char wanted[96];
		snprintf(wanted, sizeof wanted, " AS %s) AS %s", types[i], column);
		const char *found = strstr(sql, wanted);
		if (found != NULL && strchr(", ", found[strlen(wanted)]) != NULL)
			return true;
	}
	return false;
}

static bool is_key(const char *view, const char *column)
{
	static const char *const keys[] = {"run", "request", "prompt"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(column, keys[i]) == 0)
			return true;
	return strcmp(view, "phases") == 0 && strcmp(column, "phase") == 0;
}

/* A key stays a bare column: only so is `WHERE run = 42`, or a prompt by its digest, found by the
 * index of the table. */
static bool is_bare_key(const char *view, const char *sql, const char *column)
{
	char wanted[96];
	snprintf(wanted, sizeof wanted, " AS %s,", column);
	const char *found = strstr(sql, wanted);
	return found != NULL && found[-1] != ')' && is_key(view, column);
}

/* DuckDB reads the text of a view itself: where it lacks a function all columns are text to it. */
static const char *sqlite_function(const char *sql)
{
	static const char *const names[] = {"strftime(", "datetime(", "julianday(", "unixepoch(",
		"iif(", "total(", "quote(", "json_valid("};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strstr(sql, names[i]) != NULL)
			return names[i];
	return NULL;
}

/* DuckDB takes a bare expression for text. */
static void every_column_is_cast(void **state)
{
	struct store *store = kept_open(kept_path("names.db"), STORE_READ);
	for (size_t i = 0; i < sizeof faces / sizeof *faces; i++) {
		char sql[256], columns[1024];
		snprintf(sql, sizeof sql, "SELECT sql FROM sqlite_master WHERE name = '%s'",
			faces[i][0]);
		char *text = (char *)kept_value(store, sql).text;
		squeeze(text);
		if (sqlite_function(text) != NULL)
			fail_msg("%s: DuckDB has no %s)", faces[i][0], sqlite_function(text));
		snprintf(columns, sizeof columns, "%s", faces[i][1]);
		for (char *column = strtok(columns, " "); column != NULL;
			column = strtok(NULL, " "))
			if (!is_bare_key(faces[i][0], text, column) && !is_cast(text, column))
				fail_msg("%s.%s is not CAST", faces[i][0], column);
		free(text);
	}
	store_close(store);
}

/* Everything that is written about one request, read back from a fresh file. */
static struct store *keep(const char *name, const char *call, struct exchange *exchange)
{
	struct error error = {0};
	const char *path = kept_path(name);
	const struct recorder_run run = {
		.scenario = "s", .keep_text = true, .origin_ns = 1000 * MS};
	struct recorder_context context = recording_context(1);
	const struct store_value backend[] = {
		store_integer(1), store_text("b"), store_text("openai")};
	struct store_value values[20];
	for (size_t i = 0; i < 20; i++)
		values[i] = i < 3 ? backend[i] : store_null();
	struct recorder *recorder = recorder_start(path, &run, &error);
	if (recorder == NULL)
		fail_msg("%s", error.message);
	recorder_write(recorder, "backend", values, 20);
	context.call = call;
	recorder_request(recorder, &context, exchange);
	recording_finish(recorder, "done");
	exchange_free(exchange);
	return kept_open(path, STORE_READ);
}

/* The stream that ten tools read in ten ways: a role chunk at 20, reasoning at 100, two tokens at
 * 150, one at 200, finish 210, usage 212, [DONE] 215, end 216. */
static struct exchange *one_stream(void)
{
	struct exchange *exchange = kept_exchange(2000 * MS);
	exchange->t_headers = exchange->t_first_byte = exchange->t_first_event =
		exchange->t_start + 20 * MS;
	kept_event(exchange, 100 * MS, 1, CHANNEL_REASONING);
	kept_event(exchange, 150 * MS, 2, CHANNEL_CONTENT);
	kept_event(exchange, 200 * MS, 1, CHANNEL_CONTENT);
	exchange->t_finish = exchange->t_start + 210 * MS;
	exchange->t_usage = exchange->t_start + 212 * MS;
	exchange->t_done = exchange->t_start + 215 * MS;
	kept_answer(exchange, "天空 is", "stop");
	kept_end(exchange, 216 * MS, 4);
	return exchange;
}

static void foreign_definitions_give_foreign_numbers(void **state)
{
	static const struct {
		const char *view;
		double ttft, e2e, tpot;
	} tools[] = {
		{"as_vllm", 20, 210, 190.0 / 3},
		{"as_evalscope", 100, 212, 112.0 / 3},
		{"as_aiperf", 100, 200, 100.0 / 3},
		{"as_guidellm", 100, 215, 200.0 / 4},
		{"as_genai_bench", 100, 212, 112.0 / 3},
		{"as_sglang", 150, 215, 65.0 / 3},
		{"request_metrics", 100, 200, 100.0 / 3},
	};
	struct store *store = keep("foreign.db", "chat", one_stream());
	for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
		char sql[128];
		snprintf(sql, sizeof sql, "SELECT ttft_ms FROM %s WHERE backend = 'b'",
			tools[i].view);
		kept_is_number(store, sql, tools[i].ttft);
		snprintf(sql, sizeof sql, "SELECT e2e_ms FROM %s", tools[i].view);
		kept_is_number(store, sql, tools[i].e2e);
		snprintf(sql, sizeof sql, "SELECT tpot_ms FROM %s", tools[i].view);
		kept_is_number(store, sql, tools[i].tpot);
	}
	store_close(store);
}

static void a_request_reads_as_defined(void **state)
{
	struct exchange *exchange = one_stream();
	exchange->t_sched = exchange->t_start - 7 * MS;
	exchange->t_connected = exchange->t_start + 3 * MS;
	exchange->t_sent = exchange->t_start + 4 * MS;
	exchange->prompt_tokens = 26;
	exchange->evaluated_tokens = 1;
	exchange->server_prefill = MS;
	exchange->server_decode = 150 * MS;
	exchange->server_decode_tokens = 4;
	struct store *store = keep("defined.db", "chat", exchange);
	kept_is_number(store, "SELECT start_ms FROM request_metrics", 1000);
	kept_is_number(store, "SELECT sched_ms FROM request_metrics", 993);
	kept_is_number(store, "SELECT wait_ms FROM request_metrics", 7);
	kept_is_number(store, "SELECT connect_ms FROM request_metrics", 3);
	kept_is_number(store, "SELECT send_ms FROM request_metrics", 4);
	kept_is_number(store, "SELECT ttfc_ms FROM request_metrics", 150);
	kept_is_number(store, "SELECT end_ms FROM request_metrics", 216);
	kept_is_number(store, "SELECT icl_mean_ms FROM request_metrics", 50);
	kept_is_number(store, "SELECT icl_max_ms FROM request_metrics", 50);
	kept_is_number(store, "SELECT chars FROM request_metrics", 5);
	kept_is_number(store, "SELECT chars_per_s FROM request_metrics", 25);
	kept_is_number(store, "SELECT tokens_per_s FROM request_metrics", 20);
	kept_is_number(store, "SELECT decode_tps FROM request_metrics", 30);
	/* D1: what came from the cache was not computed. The rate is (n - 1) / span. */
	kept_is_number(store, "SELECT server_prefill_tps FROM request_metrics", 1000);
	kept_is_number(store, "SELECT server_decode_tps FROM request_metrics", 20);
	kept_is_text(store, "SELECT stamp_source FROM request_metrics", "kernel");
	kept_is_text(store, "SELECT answer FROM request_metrics", "天空 is");
	kept_is_number(store, "SELECT count(*) FROM events WHERE run = 1", 3);
	kept_is_text(store, "SELECT channel FROM events WHERE seq = 1", "reasoning");
	kept_is_text(store, "SELECT channel FROM events WHERE seq = 2", "content");
	kept_is_number(store, "SELECT tokens FROM events WHERE seq = 2", 2);
	kept_is_number(store, "SELECT t_ms FROM events WHERE seq = 3", 200);
	store_close(store);
}

static bool ends_with_question(const char *sql)
{
	const char *end = sql;
	while (strncmp(end, "-- ", 3) == 0)
		end = strchr(end, '\n') + 1;
	return end > sql && strncmp(sql, "-- ", 3) == 0 && end[-2] == '?';
}

/* Each file of db/queries asks one question, answers it for the last run, and for a run given. */
static void every_query_answers_its_question(void **state)
{
	struct store *store = kept_open(kept_path("defined.db"), STORE_READ);
	struct store_names files = store_sql_files("db/queries");
	assert_true(files.count >= 14);
	for (size_t i = 0; i < files.count; i++) {
		struct error error = {0};
		const char *sql = embedded_find(files.list[i])->data;
		const struct store_value run = store_integer(1);
		struct store_value last = store_null(), given = store_null();
		if (!ends_with_question(sql))
			fail_msg("%s does not begin with a question", files.list[i]);
		if (!store_query(store, sql,
			    &(struct store_question){.row = kept_take, .context = &last}, &error) ||
			!store_query(store, sql,
				&(struct store_question){.values = &run,
					.count = 1,
					.row = kept_take,
					.context = &given},
				&error))
			fail_msg("%s: %s", files.list[i], error.message);
		assert_int_equal(last.type, given.type);
		if (last.type == STORE_TEXT) {
			assert_string_equal(last.text, given.text);
			free((char *)last.text);
			free((char *)given.text);
		}
	}
	store_names_free(&files);
	kept_is_number(store, embedded_find("db/queries/slowest_requests.sql")->data, 1);
	kept_is_text(store, embedded_find("db/queries/finish_reasons.sql")->data, "b");
	kept_is_text(store, embedded_find("db/queries/other_tools_numbers.sql")->data, "b");
	kept_is_number(store, embedded_find("db/queries/stalls.sql")->data, 1);
	store_close(store);
}

/* Case B5 i: a whole answer where a stream was asked for has an end, but no first token. */
static void what_is_not_streamed_has_no_first_token(void **state)
{
	struct exchange *exchange = kept_exchange(2000 * MS);
	kept_event(exchange, 2000 * MS, 1, CHANNEL_CONTENT);
	kept_answer(exchange, "hello", "stop");
	kept_end(exchange, 2000 * MS, 40);
	exchange->streamed = false;
	struct store *store = keep("whole.db", "chat", exchange);
	kept_is_number(store, "SELECT ttft_ms FROM request_metrics", NAN);
	kept_is_number(store, "SELECT tpot_ms FROM request_metrics", NAN);
	kept_is_number(store, "SELECT decode_tps FROM request_metrics", NAN);
	kept_is_number(store, "SELECT e2e_ms FROM request_metrics", 2000);
	kept_is_number(store, "SELECT tokens_per_s FROM request_metrics", 20);
	kept_is_number(store, "SELECT e2e_ms FROM as_vllm", 2000);
	kept_is_number(store, "SELECT ttft_ms FROM as_vllm", NAN);
	store_close(store);
}

/* Cases B5 iii and C6 ii: no time between tokens is no speed. */
static void no_span_is_no_speed(void **state)
{
	struct exchange *burst = kept_exchange(2000 * MS);
	for (int i = 0; i < 40; i++)
		kept_event(burst, 2000 * MS + i / 20, 1, CHANNEL_CONTENT);
	burst->flags |= EXCHANGE_BURST;
	kept_end(burst, 2000 * MS, 40);
	struct store *store = keep("burst.db", "chat", burst);
	kept_is_number(store, "SELECT ttft_ms FROM request_metrics", 2000);
	kept_is_number(store, "SELECT tpot_ms FROM request_metrics", NAN);
	kept_is_number(store, "SELECT decode_tps FROM request_metrics", NAN);
	store_close(store);

	struct exchange *single = kept_exchange(2000 * MS);
	kept_event(single, 100 * MS, 1, CHANNEL_CONTENT);
	kept_end(single, 110 * MS, 1);
	store = keep("single.db", "chat", single);
	kept_is_number(store, "SELECT ttft_ms FROM request_metrics", 100);
	kept_is_number(store, "SELECT e2e_ms FROM request_metrics", 100);
	kept_is_number(store, "SELECT tpot_ms FROM request_metrics", NAN);
	kept_is_number(store, "SELECT icl_mean_ms FROM request_metrics", NAN);
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'tpot'", 0);
	kept_is_number(store, "SELECT missing FROM run_summary WHERE metric = 'tpot'", 1);
	store_close(store);
}

/* A refused connection has an end, but no latency (case E5 a). */
static void failures_have_no_latency(void **state)
{
	struct exchange *exchange = kept_exchange(2000 * MS);
	exchange_fail(exchange, OUTCOME_FAILED, "http_503", "%s", "busy");
	exchange->t_end = exchange->t_start + 3 * MS;
	exchange->http_status = 503;
	struct store *store = keep("refused.db", "http", exchange);
	kept_is_number(store, "SELECT e2e_ms FROM request_metrics", NAN);
	kept_is_number(store, "SELECT end_ms FROM request_metrics", 3);
	kept_is_text(store, "SELECT error_kind FROM request_metrics", "http_503");
	kept_is_number(store, "SELECT http_status FROM request_metrics", 503);
	kept_is_number(store, "SELECT failed FROM runs", 1);
	kept_is_number(store, "SELECT count(*) FROM run_summary", 0);
	store_close(store);
}

/* Case M5: times of day are UTC and say so, whatever the zone. */
static void times_of_day_are_utc(void **state)
{
	static const char *const zones[] = {"Asia/Kolkata", "America/Los_Angeles", "UTC"};
	for (size_t i = 0; i < 3; i++) {
		char name[32];
		setenv("TZ", zones[i], 1);
		tzset();
		snprintf(name, sizeof name, "zone%zu.db", i);
		struct store *store = keep(name, "chat", one_stream());
		kept_is_number(store,
			"SELECT started_at = strftime('%Y-%m-%dT%H:%M:%S', started_at_ns / "
			"1000000000, 'unixepoch')"
			"|| printf('.%03dZ', started_at_ns / 1000000 % 1000) FROM run",
			1);
		kept_is_number(store,
			"SELECT ended_at = strftime('%Y-%m-%dT%H:%M:%S', ended_at_ns / 1000000000, "
			"'unixepoch')"
			"|| printf('.%03dZ', ended_at_ns / 1000000 % 1000) FROM run",
			1);
		/* t0 was a second after the origin */
		kept_is_number(store,
			"SELECT round((julianday(m.started_at) - julianday(r.started_at)) * "
			"86400, 2) FROM request_metrics AS m JOIN runs AS r USING (run)",
			1);
		kept_is_number(store,
			"SELECT abs(strftime('%s', 'now') - strftime('%s', ended_at)) < 100 FROM "
			"runs",
			1);
		store_close(store);
	}
	unsetenv("TZ");
	tzset();
}

/* A filter on a view must find its rows, not read all of history. Tables that grow with it, and how
 * questions call them. */
static bool plan_row(void *context, const struct store_row *row)
{
	static const char *const growing[] = {
		"request", "r", "m", "timeline", "prompt", "metric", "warning", "summary", "s"};
	bool *scans = context;
	char table[64] = "";
	sscanf(row->values[row->count - 1].text, "SCAN %63s", table);
	for (size_t i = 0; i < sizeof growing / sizeof *growing; i++)
		*scans = *scans || strcmp(table, growing[i]) == 0;
	return true;
}

static void finds_its_rows(struct store *store, const char *name, const char *question)
{
	char plan[8192];
	bool scans = false;
	assert_true(
		snprintf(plan, sizeof plan, "EXPLAIN QUERY PLAN %s", question) < (int)sizeof plan);
	assert_true(store_query(
		store, plan, &(struct store_question){.row = plan_row, .context = &scans}, NULL));
	if (scans)
		fail_msg("%s reads every row", name);
}

static void a_run_is_found_by_index(void **state)
{
	static const char *const questions[] = {
		"SELECT * FROM request_metrics WHERE run = 42",
		"SELECT * FROM request_metrics WHERE request = 42",
		"SELECT * FROM events WHERE run = 42",
		"SELECT * FROM as_vllm WHERE run = 42",
		"SELECT * FROM runs",
		"SELECT * FROM measurements WHERE run = 42",
		"SELECT * FROM warnings WHERE run = 42",
		"SELECT * FROM run_summary WHERE run = 42",
		"SELECT text FROM request_metrics LEFT JOIN prompts USING (prompt) WHERE run = 42",
	};
	struct store *store = kept_open(kept_path("plan.db"), STORE_WRITE);
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		finds_its_rows(store, questions[i], questions[i]);
	store_close(store);
}

/* Each is of a run, a scenario or a name. */
static void no_question_of_a_command_reads_every_row(void **state)
{
	static const char *const folders[] = {"db/report", "db/compare", "db/trend"};
	struct store *store = kept_open(kept_path("plans.db"), STORE_WRITE);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct store_names files = store_sql_files(folders[i]);
		assert_true(files.count > 2);
		for (size_t f = 0; f < files.count; f++)
			finds_its_rows(store, files.list[f], embedded_find(files.list[f])->data);
		store_names_free(&files);
	}
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_order_are_those_promised),
		cmocka_unit_test(every_column_is_cast),
		cmocka_unit_test(foreign_definitions_give_foreign_numbers),
		cmocka_unit_test(a_request_reads_as_defined),
		cmocka_unit_test(every_query_answers_its_question),
		cmocka_unit_test(what_is_not_streamed_has_no_first_token),
		cmocka_unit_test(no_span_is_no_speed),
		cmocka_unit_test(failures_have_no_latency),
		cmocka_unit_test(times_of_day_are_utc),
		cmocka_unit_test(a_run_is_found_by_index),
		cmocka_unit_test(no_question_of_a_command_reads_every_row),
	};
	return RUN_KEPT(tests);
}
