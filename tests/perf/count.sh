#!/bin/bash
# count.sh BENCH instructions|allocations|start [MOST]: what each token event, or a thousand of them, takes,
# counted by valgrind as the difference between a long and a short answer, so that everything else
# cancels out: instructions of the loop's thread, since what the recorder's writes of a stream each second is more the
# slower the machine is; or the instructions of a whole run of one ask into a new file. With MOST it fails above it: a
# count is the same on every machine, whatever else that one does.
set -eu
here=$(dirname "$(realpath "$0")")
bench=$(realpath "$1")
what=$2
most=${3:-}
# shellcheck source=tests/perf/sim.sh
. "$here/sim.sh" 1ms
# shellcheck source=tests/perf/counted.sh
. "$here/counted.sh"

ask() { # TOKENS: the words of a run of one ask
	words=("$bench" run ask.lua --quiet --db "$1.db" --server "openai://$address#sim" --tokens "$1")
}

instructions() { # TOKENS
	ask "$1"
	instructions_of loop_run "${words[@]}"
}

start() { # all of them, the linker's included
	ask 16
	valgrind --tool=callgrind --callgrind-out-file=callgrind.out "${words[@]}" >/dev/null 2>valgrind.err ||
		{ cat valgrind.err >&2; exit 1; }
	sed -n 's/.*Collected : \([0-9]*\).*/\1/p' valgrind.err
}

allocations() { # TOKENS
	ask "$1"
	valgrind --tool=dhat --dhat-out-file=valgrind.out "${words[@]}" >/dev/null 2>valgrind.err ||
		{ cat valgrind.err >&2; exit 1; }
	sed -n 's/.* Total: .* in \([0-9,]*\) blocks.*/\1/p' valgrind.err | tr -d ,
}

# The first run meets a server that has answered nobody yet, and another is asked other questions at its end.
"$bench" run ask.lua --quiet --db first.db --server "openai://$address#sim" >/dev/null 2>&1

if [ "$what" = start ]; then
	report "instructions per run" "$(start)" "$most"
	exit
fi

# Both answers take longer than a second, after which what is in flight is kept for the first time.
least=1500
tokens=2000
[ "$what" = instructions ] && of=1 per="token event" || of=1000 per="1,000 events"
short=$("$what" $least)
long=$("$what" $((least + tokens)))
report "$what per $per" $(((long - short) * of / tokens)) "$most"
