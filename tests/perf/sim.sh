# shellcheck shell=bash disable=SC2034,SC2154
# Sourced with $bench set: a folder of our own to work in, and in it a simulated server at $address that
# sends a token every $1; both are gone when the script ends.
work=$(mktemp -d)
sim=
clean() {
	[ -z "$sim" ] || kill "$sim" 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT
cd "$work" || exit
export HOME=$work XDG_DATA_HOME=$work NO_COLOR=1

"$bench" sim --kind openai --port 0 --ttft 1ms --tpot "$1" --output-tokens 100000 >sim.out 2>&1 &
sim=$!
for _ in {1..100}; do
	grep -q '127\.0\.0\.1:' sim.out && break
	sleep 0.05
done
address=$(grep -o '127\.0\.0\.1:[0-9]*' sim.out | head -n 1)

cat >ask.lua <<'END_OF_SCRIPT'
local bench = require "bench"
local opt = bench.scenario { summary = "one ask", options = { { "server", "sim", "whom" }, { "tokens", 16, "how many" } } }
bench.backend(opt.server):ask("hi", { max_tokens = opt.tokens })
END_OF_SCRIPT
