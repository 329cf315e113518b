#!/bin/bash
# static.sh BENCH BUILD: the one file that ./dev static makes needs the C library alone, and does with its own libcurl
# what the other does: times are the kernel's, certificates are found, the cases of the wire come out. BUILD has the
# shim of the cases.
# shellcheck disable=SC2317 # judge calls what it is given
set -eu
bench=$(realpath "$1")
shim=$(find "$(realpath "$2")/tests" -name 'libcase_shim.so')
here=$(dirname "$(realpath "$0")")
wrong=0

judge() { # WORDS COMMAND...
	local code=0
	"${@:2}" >"$work/out" 2>&1 || code=$?
	case $code in
	0) echo "ok     $1" ;;
	77) echo "skip   $1: $(tail -n 1 "$work/out")" ;;
	*)
		echo "WRONG  $1 ($code)"
		cat "$work/out"
		wrong=1
		;;
	esac
}

only_the_c_library() {
	! ldd "$bench" | grep -vE '^\s*(linux-vdso|libm|libc|/lib[^ ]*/ld-linux[^ ]*)[.]'
}

by_the_kernel() {
	"$bench" run sky_blue --backends sim --times 1 --quiet --db "$work/runs.db" &&
		[ "$("$bench" sql --db "$work/runs.db" --format csv "SELECT DISTINCT stamp_source FROM request_metrics" |
			tail -n 1 | tr -d '\r')" = kernel ]
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CASES_SHIM=$shim
judge "needs the C library alone" only_the_c_library
judge "times are the kernel's" by_the_kernel
judge "HTTP/2, TLS and certificates" "$here/http2.sh" "$bench"
for case in "$here"/cases/[A-DG]*.case; do
	judge "$(basename "$case" .case)" lua5.4 "$here/cases/run.lua" "$bench" "$case"
done
exit $wrong
