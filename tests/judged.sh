# shellcheck shell=bash disable=SC2034,SC2154 # sourced: wrong is the script's to read, bench its to set
# What a script found, judged. For bash scripts that set bench and BENCH_DB, and exit with $wrong.
wrong=0

is() { # WORDS WANTED GOT
	if [ "$2" = "$3" ]; then
		echo "ok     $1: $3"
	else
		echo "WRONG  $1: $3, not $2"
		wrong=1
	fi
}

# The one value that a query has.
sql() {
	"$bench" sql --format csv "$1" | tail -n 1 | tr -d '\r'
}
