#!/bin/bash
# count_memory.sh BENCH PACED_SERVER [MOST]: bytes of the heap for each open stream whose request had 6,000 bytes,
# libcurl's included, counted by valgrind at their highest as the difference between many streams and few. With MOST it
# fails above it: a count is the same on every machine.
set -eu
bench=$(realpath "$1")
server=$(realpath "$2")
most=${3:-}
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/perf/counted.sh
. "$here/counted.sh"
enter_work

# All are open before the first one speaks.
coproc paced { exec "$server" --ttft 3000000 --interval 10000; }
read -r port <&"${paced[0]}"

few=150 many=450

bytes() { # STREAMS
	valgrind --tool=dhat --dhat-out-file=valgrind.out "$bench" run "$here/streams.lua" --quiet --db "$1.db" \
		--server "openai://127.0.0.1:$port#paced" --streams "$1" --tokens 40 --padding 6000 --allow-net 127.0.0.1 >/dev/null \
		2>valgrind.err || { cat valgrind.err >&2; exit 1; }
	sed -n 's/.* At t-gmax: *\([0-9,]*\) bytes.*/\1/p' valgrind.err | tr -d ,
}

of_few=$(bytes $few)
of_many=$(bytes $many)
report "bytes per open stream" $(((of_many - of_few) / (many - few))) "$most"
