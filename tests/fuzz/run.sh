#!/bin/sh
# run.sh FUZZER SECONDS: that fuzzer, so long, from the corpus kept here and what it found before in build/fuzz.
set -eu
name=${1##*/fuzz_}
found=build/fuzz/corpus/$name
mkdir -p "$found"
code=0
said=$("$1" -max_total_time="$2" -print_final_stats=1 -verbosity=0 \
	-artifact_prefix="build/fuzz/$name-" "$found" "tests/fuzz/corpus/$name" 2>&1) || code=$?
printf '%s\n' "--- fuzz $name, $2 s ---" "$said" # at once: others run beside it
exit $code
