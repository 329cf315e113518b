#!/bin/bash
# count_rows.sh ROWS_STORED [MOST]: instructions of the recorder's thread for each finished request, counted by
# callgrind as the difference between many and few. With MOST it fails above it.
set -eu
rows_stored=$(realpath "$1")
most=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
few=2000 many=10000

instructions() { # ROWS
	valgrind --tool=callgrind --callgrind-out-file=callgrind.out "$rows_stored" . 0 "$1" \
		>/dev/null 2>callgrind.err || { cat callgrind.err >&2; exit 1; }
	callgrind_annotate --inclusive=yes --auto=no --threshold=100 callgrind.out |
		sed -n 's/^ *\([0-9,]*\) .*:recorder_write_batch .*/\1/p' | tr -d ,
}

of_few=$(instructions $few)
of_many=$(instructions $many)
each=$(((of_many - of_few) / (many - few)))
printf '%-30s %d\n' "instructions per row" "$each"
if [ -n "$most" ] && [ "$each" -gt "$most" ]; then
	echo "more than the $most that are allowed: what does a row cost now that it did not before?" >&2
	exit 1
fi
