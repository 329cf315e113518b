#!/bin/bash
# count_sheet.sh BENCH csv|json [MOST]: instructions for each request that `bench sql` writes in that form, all columns of
# request_metrics, counted by callgrind as the difference between many and few. With MOST it fails above it.
set -eu
here=$(dirname "$(realpath "$0")")
bench=$(realpath "$1")
form=$2
most=${3:-}
# shellcheck source=tests/perf/sim.sh
. "$here/sim.sh" 1ms
# shellcheck source=tests/perf/counted.sh
. "$here/counted.sh"
few=200 many=2200

"$bench" run ask.lua --quiet --db one.db --server "openai://$address#sim" >/dev/null 2>&1

instructions() { # HOW_MANY
	instructions_of store_query "$bench" sql --db one.db --format "$form" "WITH RECURSIVE n (i) AS (
		SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT m.* FROM n CROSS JOIN request_metrics AS m"
}

of_few=$(instructions $few)
of_many=$(instructions $many)
report "instructions per row of $form" $(((of_many - of_few) / (many - few))) "$most"
