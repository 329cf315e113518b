#!/bin/bash
# count.sh BENCH [MOST]: instructions for each token event, counted by callgrind as the difference
# between a long and a short answer, so that everything else cancels out. With MOST it fails above it:
# a count is the same on every machine, whatever else that one does.
set -eu
here=$(dirname "$(realpath "$0")")
bench=$(realpath "$1")
most=${2:-}
# shellcheck source=tests/perf/sim.sh
. "$here/sim.sh" 1ms

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
