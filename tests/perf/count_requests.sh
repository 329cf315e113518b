#!/bin/bash
# count_requests.sh BENCH PACED_SERVER [MOST [requests|visits]]: instructions for each small request of a scenario, or
# for each visit of a load with one, counted by callgrind as the difference between many and few, so that everything
# else cancels out: those of the loop's thread, which are what bounds the requests per second. With MOST it fails above
# it: a count is the same on every machine.
set -eu
bench=$(realpath "$1")
server=$(realpath "$2")
most=${3:-}
script=${4:-requests}
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work NO_COLOR=1

coproc paced { exec "$server"; }
read -r port <&"${paced[0]}"

instructions() { # REQUESTS
	valgrind --tool=callgrind --callgrind-out-file=callgrind.out "$bench" run "$here/$script.lua" --quiet \
		--db "$1.db" --allow-net 127.0.0.1 --url "http://127.0.0.1:$port/tiny" --requests "$1" \
		>/dev/null 2>callgrind.err || { cat callgrind.err >&2; exit 1; }
	callgrind_annotate --inclusive=yes --threshold=100 callgrind.out |
		sed -n 's/^ *\([0-9,]*\) .*:loop_run .*/\1/p' | tr -d ,
}

few=$(instructions 640)
many=$(instructions 3840)
each=$(((many - few) / 3200))
printf '%-30s %d\n' "instructions per ${script%s}" "$each"
if [ -n "$most" ] && [ "$each" -gt "$most" ]; then
	echo "more than the $most that are allowed: what does a request cost now that it did not before?" >&2
	exit 1
fi
