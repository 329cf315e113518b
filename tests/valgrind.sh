#!/bin/sh
# valgrind.sh PROGRAM: not 0 when that test program touches memory that it may not. Only this is judged: leaks are
# the sanitizers', and some tests count on a program's usual speed.
set -eu
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
timeout -k 10 300 valgrind -q --error-exitcode=99 "$1" >"$log" 2>&1 || code=$?
found="valgrind ${1##*/}"
[ $code = 0 ] || found="$found
$(grep -E '^==|FAILED' "$log" || true)"
[ $code != 124 ] || found="$found
ended after 300 s, in: $(grep RUN "$log" | tail -n 1)"
printf '%s\n' "$found" # at once: others run beside it
[ $code != 99 ]
