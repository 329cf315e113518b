#!/bin/bash
# verdict.sh PROGRAM: how often bench calls two simulated series different (PROGRAM is verdict.c built),
# and benchstat on the same data where it is installed: every comparison is a benchmark name, so that
# one call reads all of a line's. "says drift": how often bench said instead that the machine changed meanwhile, of
# what the best test could tell.
set -eu
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$PATH:${GOBIN:-${GOPATH:-${HOME:-/root}/go}/bin}

if ! command -v benchstat >/dev/null; then
	"$program"
	echo "benchstat is not installed (go install golang.org/x/perf/cmd/benchstat@latest)"
	exit
fi

# The share of names whose change benchstat prints as a number instead of "~".
share() { # BASE NEW
	benchstat -format csv "base=$1" "new=$2" 2>"$work/warnings" >"$work/csv" || {
		cat "$work/warnings" >&2
		return 1
	}
	awk -F, '$1 ~ /^[0-9]+$/ { all++; called += $6 ~ /^[-+]/; equal += $6 == "~" }
		END {
			if (all == 0 || called + equal != all) {
				print "verdict.sh: what benchstat printed is not understood; its columns may be new" >"/dev/stderr"
				exit 1
			}
			printf "%.1f %%\n", 100 * called / all
		}' "$work/csv"
}

"$program" "$work" >"$work/table"
echo benchstat >"$work/shares"
for base in "$work"/*.base; do
	share "$base" "${base%.base}.new" >>"$work/shares"
done
paste "$work/table" "$work/shares" | while IFS=$'\t' read -r line theirs; do
	printf '%s  %9s\n' "$line" "$theirs"
done
