#!/bin/bash
# ten_thousand.sh BENCH PACED_SERVER: ten thousand streams at one time, ten events a second each, in one process: every
# event is there, in its place. Judged by counts and order alone; the server begins when all have asked. 77: this
# machine does not let a process have so many.
set -eu
bench=$(realpath "$1")
server=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
streams=10000 tokens=20 spare=100

skip() {
	echo "SKIP: $*"
	exit 77
}

ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge $((streams + spare)) ] ||
	skip "a process may have $(ulimit -n) descriptors here, not $((streams + spare))"
read -r first last </proc/sys/net/ipv4/ip_local_port_range
[ $((last - first)) -ge $((streams + spare)) ] || skip "there are ports $first to $last, not $((streams + spare))"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work BENCH_DB=$work/runs.db NO_COLOR=1

coproc SERVER { exec "$server" --gather $streams --interval 100000 --spread; }
read -r port <&"${SERVER[0]}"
timeout 200 "$bench" run "$here/ten_thousand.lua" --streams $streams --tokens $tokens \
	--server "openai://127.0.0.1:$port#paced" --allow-net 127.0.0.1 >run.out 2>&1 || {
	cat run.out
	echo "WRONG: the run ended with $?"
	exit 1
}

wrong=0
is() { # WORDS WANTED QUERY
	local got
	got=$("$bench" sql --format csv "$3" | tail -n 1 | tr -d '\r')
	if [ "$got" = "$2" ]; then
		echo "ok     $1: $got"
	else
		echo "WRONG  $1: $got, not $2"
		wrong=1
	fi
}
is "answers that are whole" $streams "SELECT count(*) FROM request_metrics WHERE outcome = 'ok' AND token_events = $tokens"
is "asked before anybody had a token" 1 "SELECT max(start_ms) <= min(start_ms + ttft_ms) FROM request_metrics"
is "events kept" $((streams * tokens)) "SELECT count(*) FROM events"
is "events before the one that came before" 0 "SELECT count(*) FROM (SELECT t_ms,
	lag(t_ms) OVER (PARTITION BY request ORDER BY seq) AS before FROM events) WHERE t_ms < before"
is "texts, each later sent than the one before" $((streams * tokens)) "SELECT count(*) FROM (SELECT item.value AS sent,
	lag(item.value, 1, 0) OVER (PARTITION BY request ORDER BY item.key) AS before FROM request_metrics,
	json_each('[' || replace(trim(answer), ' ', ',') || ']') AS item) WHERE sent > before"
exit $wrong
