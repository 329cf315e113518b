#!/bin/bash
# count_requests.sh BENCH PACED_SERVER [MOST [requests|visits|events|ends]]: instructions for each small request of a
# scenario, for each visit of a load with one, or for each token event of a stream with 32 in a read, counted by
# callgrind as the difference between many and few, so that everything else cancels out: those of the loop's thread,
# which are what bounds the rate; or for each such visit when its run has ended and is summed up and judged. With MOST it
# fails above it: a count is the same on every machine.
set -eu
bench=$(realpath "$1")
server=$(realpath "$2")
most=${3:-}
what=${4:-requests}
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/perf/counted.sh
. "$here/counted.sh"
enter_work

coproc paced { exec "$server" --ttft 1000 --interval 2000 --batch 32; }
read -r port <&"${paced[0]}"

if [ "$what" = events ]; then
	few=3200 many=35200 run=("$here/streams.lua" --server "openai://127.0.0.1:$port#paced" --tokens)
else
	few=640 many=3840 run=("$here/${what/ends/visits}.lua" --url "http://127.0.0.1:$port/tiny" --requests)
fi

function=loop_run
[ "$what" = ends ] && function=run_end

instructions() { # HOW_MANY
	instructions_of $function "$bench" run "${run[@]}" "$1" --quiet --db "$1.db" --allow-net 127.0.0.1
}

of_few=$(instructions $few)
of_many=$(instructions $many)
report "instructions per ${what%s}" $(((of_many - of_few) / (many - few))) "$most"
