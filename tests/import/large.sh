#!/bin/bash
# large.sh BENCH: 100 MB of AIPerf's JSON lines are imported in an address space of 250 MB, line by line; a JSON document
# larger than what a script may decode is taken, too, and one that no memory holds is refused in words.
set -eu
bench=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work BENCH_DB=$work/runs.db

fail() {
	echo "large.sh: $*" >&2
	exit 1
}

# 34,000 requests of 301 chunks each, in the order of their ends: every seventh began before the one above it.
awk 'BEGIN {
	for (j = 0; j < 300; j++) gaps = gaps (j ? "," : "") sprintf("%.6f", 5 + (j % 7) / 10)
	for (i = 0; i < 34000; i++)
		printf "{\"metadata\":{\"request_start_ns\":17598132%02d%09d,\"benchmark_phase\":\"profiling\"},\"metrics\":{" \
			"\"time_to_first_token\":{\"value\":255.5,\"unit\":\"ms\"},\"request_latency\":{\"value\":1845.5,\"unit\":\"ms\"}," \
			"\"inter_chunk_latency\":{\"value\":[%s],\"unit\":\"ms\"}},\"error\":null}\n", \
			10 + (i - (i % 7 == 3 ? 2 : 0)) / 1000, (i - (i % 7 == 3 ? 2 : 0)) % 1000 * 1000000, gaps
}' >records.jsonl
size=$(stat -c %s records.jsonl)
[ "$size" -gt 94000000 ] || fail "only $size bytes were made"
(
	ulimit -v 250000
	"$bench" import records.jsonl
) >said 2>&1 || fail "$(cat said)"
rm records.jsonl
grep -q ': run 1, AIPerf, 34,000 requests' said || fail "$(cat said)"
told=$("$bench" sql --format csv "SELECT count(*), sum(token_events), min(start_ms), max(start_ms) FROM request_metrics" | tail -n 1)
[ "$told" = "34000,10234000,0,33999" ] || fail "requests, events, first and last start: $told"

# 70 MB of perf_analyzer's one document: 1,400 requests of 1,000 responses.
awk 'BEGIN {
	for (j = 0; j < 1000; j++) {
		stamps = stamps (j ? "," : "") 1000000000 + j * 1000000
		outputs = outputs (j ? "," : "") "{\"response\":\"data: {\\\"choices\\\":[{}]}\"}"
	}
	printf "{\"experiments\":[{\"experiment\":{\"mode\":\"concurrency\",\"value\":1},\"requests\":["
	for (i = 0; i < 1400; i++)
		printf "%s{\"timestamp\":1000000000,\"response_timestamps\":[%s],\"response_outputs\":[%s]}", i ? "," : "", stamps, outputs
	print "]}]}"
}' >responses.json
[ "$(stat -c %s responses.json)" -gt $((64 << 20)) ] || fail "the document is no larger than 64 MiB"
"$bench" import responses.json >said 2>&1 || fail "$(cat said)"
grep -q ': run 2, genai-perf, 1,400 requests' said || fail "$(cat said)"

# Nobody has memory for that one; nothing of it is read.
printf '{"a": ' >none.json
truncate -s 4T none.json
code=0
"$bench" import none.json >said 2>&1 || code=$?
[ "$code" = 2 ] || fail "exit $code: $(cat said)"
grep -q 'one JSON document of 4398.0 GB takes some .* GB of memory, and .* GB are free' said ||
	fail "exit $code: $(cat said)"
