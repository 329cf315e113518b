#!/bin/bash
# run.sh BENCH: what bench costs on this machine, without a server. Start-up time and memory of the
# smallest command and of the smallest run; instructions and allocations for each token event, counted
# by valgrind.
set -eu
here=$(dirname "$(realpath "$0")")
bench=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work NO_COLOR=1

cat >ask.lua <<'END'
local bench = require "bench"
local opt = bench.scenario { summary = "one ask", options = { { "server", "sim", "whom" }, { "tokens", 16, "how many" } } }
bench.backend(opt.server):ask("hi", { max_tokens = opt.tokens })
END

# Milliseconds of the median of 21 runs.
measure() { # COMMAND...
	python3 - "$@" <<'END'
import statistics, subprocess, sys, time
times = []
for _ in range(21):
    start = time.perf_counter()
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    times.append(1000 * (time.perf_counter() - start))
print(f"{statistics.median(times):.1f} ms")
END
}

echo "bench --version                $(measure "$bench" --version)"
echo "a run of one ask, 16 tokens    $(measure "$bench" run ask.lua --quiet --db "$work/one.db" --server 'sim@ttft=0ms@tpot=0ms')"
echo "its memory, as it says itself  $("$bench" sql --db "$work/one.db" --format csv \
	'SELECT round(max(rss_bytes) / 1048576.0, 1) FROM loop_health' | tail -n 1) MiB"
"$here/count.sh" "$bench" instructions
"$here/count.sh" "$bench" allocations
"$here/count.sh" "$bench" start
