# shellcheck shell=bash
# To be sourced: a folder to count in, what callgrind counts of a program, and the bound that it must keep to.

enter_work() { # a folder that goes with the script, and a home of nobody's
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	cd "$work" || exit
	export HOME=$work XDG_DATA_HOME=$work NO_COLOR=1
}

instructions_of() { # FUNCTION COMMAND...: those of the function and of all that it calls
	valgrind --tool=callgrind --callgrind-out-file=callgrind.out "${@:2}" >/dev/null 2>callgrind.err ||
		{ cat callgrind.err >&2; exit 1; }
	callgrind_annotate --inclusive=yes --auto=no --threshold=100 callgrind.out |
		sed -n "s/^ *\([0-9,]*\) .*:$1 .*/\1/p" | tr -d ,
}

report() { # WHAT COUNT [MOST]: prints it, and fails above MOST
	printf '%-30s %d\n' "$1" "$2"
	[ -z "${3:-}" ] || [ "$2" -le "$3" ] && return
	echo "more than the $3 that are allowed: what does it cost now that it did not before?" >&2
	exit 1
}
