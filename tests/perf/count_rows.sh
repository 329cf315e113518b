#!/bin/bash
# count_rows.sh ROWS_STORED [MOST]: instructions of the recorder's thread for each finished request, counted by
# callgrind as the difference between many and few. With MOST it fails above it.
set -eu
rows_stored=$(realpath "$1")
most=${2:-}
# shellcheck source=tests/perf/counted.sh
. "$(dirname "$0")/counted.sh"
enter_work
few=2000 many=10000

instructions() { # ROWS
	instructions_of recorder_write_batch "$rows_stored" . 0 "$1"
}

of_few=$(instructions $few)
of_many=$(instructions $many)
report "instructions per row" $(((of_many - of_few) / (many - few))) "$most"
