#!/bin/bash
# calls.sh BENCH [MOST MOST]: system calls for each token event and for each small request, counted by
# strace as the difference between a long and a short run. It fails where there are more of one than the
# first MOST or more of the other than the second. A slow machine makes fewer for an event, since more
# waits then, and up to one more for a request, whose answer is not there when it is first looked for.
# It fails, too, where a run without https readies OpenSSL.
set -eu
here=$(dirname "$(realpath "$0")")
bench=$(realpath "$1")
strace -qq -o /dev/null true || exit 77 # a container may forbid it
# shellcheck source=tests/perf/sim.sh
. "$here/sim.sh" 4ms

cat >get.lua <<'END_OF_SCRIPT'
local bench = require "bench"
local opt = bench.scenario { summary = "small answers", options = { { "url", "", "of what" }, { "times", 1, "how often" } } }
for _ = 1, opt.times do
  http.get(opt.url)
end
END_OF_SCRIPT

calls() { # SCRIPT OPTION...
	strace -f -qq -c -U calls,name -o strace.out "$bench" run "$1" --quiet --db "$work/$RANDOM.db" --allow-net 127.0.0.1 \
		"${@:2}" >/dev/null
	awk '$2 == "total" { print $1 }' strace.out
}

judge() { # WHAT SHORT LONG NUMBER MOST
	awk -v what="$1" -v short="$2" -v long="$3" -v number="$4" -v most="${5:-1e9}" 'BEGIN {
		each = (long - short) / number
		printf "system calls per %-13s %.2f\n", what, each
		if (each <= most) exit 0
		print "more than the " most " that are allowed: what is asked of the kernel now that was not before?"
		exit 1
	}'
}

server="openai://$address#sim"
url="http://$address/v1/models"
judge "token event" "$(calls ask.lua --server "$server" --tokens 20)" "$(calls ask.lua --server "$server" --tokens 520)" \
	500 "${2:-}"
judge "small request" "$(calls get.lua --url "$url" --times 20)" "$(calls get.lua --url "$url" --times 520)" 500 "${3:-}"

# Nobody asks by https: OpenSSL, which reads a file first, need not be readied (net/http_tls_later.c).
strace -f -qq -e trace=openat,?open -o strace.out "$bench" run get.lua --quiet --db "$work/http.db" --allow-net 127.0.0.1 \
	--url "$url" >/dev/null
if grep openssl.cnf strace.out; then
	echo "a run without https readied OpenSSL: who does that now?" >&2
	exit 1
fi
