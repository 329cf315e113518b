#!/bin/bash
# count.sh BENCH [MOST]: instructions for each token event, counted by callgrind as the difference
# between a long and a short answer, so that everything else cancels out. With MOST it fails above it:
# a count is the same on every machine, whatever else that one does.
set -eu
bench=$(realpath "$1")
most=${2:-}
work=$(mktemp -d)
sim=
clean() {
	[ -z "$sim" ] || kill "$sim" 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work NO_COLOR=1

cat >ask.lua <<'END_OF_SCRIPT'
local bench = require "bench"
local opt = bench.scenario { summary = "one ask", options = { { "server", "sim", "whom" }, { "tokens", 16, "how many" } } }
bench.backend(opt.server):ask("hi", { max_tokens = opt.tokens })
END_OF_SCRIPT

"$bench" sim --kind openai --port 0 --ttft 1ms --tpot 1ms --output-tokens 100000 >sim.out 2>&1 &
sim=$!
for _ in {1..100}; do
	grep -q '127\.0\.0\.1:' sim.out && break
	sleep 0.05
done
address=$(grep -o '127\.0\.0\.1:[0-9]*' sim.out | head -n 1)

instructions() { # TOKENS
	valgrind --tool=callgrind --callgrind-out-file=callgrind.out "$bench" run ask.lua --quiet --db "$1.db" \
		--server "openai://$address#sim" --tokens "$1" >/dev/null 2>callgrind.err || { cat callgrind.err >&2; exit 1; }
	sed -n 's/.*Collected : \([0-9]*\).*/\1/p' callgrind.err
}

short=$(instructions 200)
long=$(instructions 2200)
each=$(((long - short) / 2000))
echo "instructions per token event   $each"
if [ -n "$most" ] && [ "$each" -gt "$most" ]; then
	echo "more than the $most that are allowed: what does an event cost now that it did not before?" >&2
	exit 1
fi
