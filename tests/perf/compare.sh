#!/bin/bash
# compare.sh BENCH [REQUESTS]: how long bench compare, show and report take over two runs of that many requests
# each (500,000: a million together), made with SQL out of two small ones; and percentiles over all of them beside
# the same from SQL's window functions. CPU seconds and seconds on the clock.
set -eu
bench=$(realpath "$1")
count=${2:-500000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work BENCH_DB=$work/runs.db NO_COLOR=1

cat >ask.lua <<'END'
local bench = require "bench"
local opt = bench.scenario { summary = "one ask", options = { { "server", "sim", "whom" } } }
bench.backend(opt.server):ask("hi", { max_tokens = 16 })
END
for _ in 1 2; do "$bench" run ask.lua --quiet --server 'sim@ttft=1ms@tpot=1ms' >/dev/null 2>&1; done

# Every row is the small run's one, with times that vary by 2 % (the sum of uniform numbers), 1,000 prompts.
columns=$(sqlite3 "$BENCH_DB" "SELECT group_concat(name, ', ') FROM pragma_table_info('request')
	WHERE name NOT IN ('id', 'seq', 'prompt', 't_start', 't_first_token', 't_first_content', 't_last_token', 't_end')")
sqlite3 "$BENCH_DB" <<END
PRAGMA synchronous = OFF;
PRAGMA foreign_keys = ON;
BEGIN;
CREATE TEMP TABLE numbers AS WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < $count) SELECT i FROM n;
UPDATE request SET t_dns = NULL, t_connected = NULL, t_tls = NULL, t_sent = NULL, t_headers = NULL, t_first_byte = NULL,
	t_first_event = NULL, t_finish = NULL, t_usage = NULL, t_done = NULL, t_attempt = NULL;
INSERT INTO request (seq, prompt, t_start, t_first_token, t_first_content, t_last_token, t_end, $columns)
SELECT i, 'prompt ' || (i % 1000), start, start + first, start + first, start + first + 15 * step,
	start + first + 15 * step + 1000, $columns
FROM (SELECT i, i * 1000000 AS start,
	CAST(1e8 * (1 + 0.02 * (abs(random() % 1000) + abs(random() % 1000) + abs(random() % 1000) - 1500) / 500.0) AS INTEGER)
		AS first,
	CAST(2e7 * (1 + 0.02 * (abs(random() % 1000) + abs(random() % 1000) + abs(random() % 1000) - 1500) / 500.0) AS INTEGER)
		AS step, request.*
	FROM request, temp.numbers WHERE seq = 1);
COMMIT;
END
sqlite3 "$BENCH_DB" 'CREATE TABLE times AS SELECT ttft_ms AS ms FROM request_metrics WHERE ttft_ms IS NOT NULL'
echo "$(sqlite3 "$BENCH_DB" 'SELECT count(*) FROM request') requests in two runs"

TIMEFORMAT='%U %S %R'
took() { # WHAT COMMAND...
	local what=$1 user kernel clock
	shift
	read -r user kernel clock < <({ time "$@" >/dev/null 2>errors || cat errors >&2; } 2>&1)
	awk -v what="$what" -v user="$user" -v kernel="$kernel" -v clock="$clock" \
		'BEGIN { printf "%-30s %6.2f s of CPU, %6.2f s on the clock\n", what, user + kernel, clock }'
}
took "bench compare 1 2" "$bench" compare 1 2
took "bench show 1" "$bench" show 1
took "bench report 1 -o page.html" "$bench" report 1 -o page.html
took "p50, p95, p99 of all in bench" "$bench" sql \
	'SELECT percentile(ms, 50), percentile(ms, 95), percentile(ms, 99) FROM times'
took "the same by window functions" sqlite3 "$BENCH_DB" 'WITH ordered AS (
	SELECT ms, row_number() OVER (ORDER BY ms) - 1 AS place, count(*) OVER () AS n FROM times)
	SELECT p, sum(ms * max(0, 1 - abs(p * (n - 1) - place))) FROM ordered, (SELECT 0.5 AS p UNION VALUES (0.95), (0.99))
	WHERE abs(p * (n - 1) - place) < 1 GROUP BY p'
