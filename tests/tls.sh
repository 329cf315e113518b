#!/bin/bash
# tls.sh BENCH: what a request says that TLS refused: a certificate nobody vouches for, an expired one, another's, one of
# ours that a server wants, by TLS 1.3 and 1.2; and that one in order is taken. Needs openssl. 77: not here.
set -eu
bench=$(realpath "$1")
command -v openssl >/dev/null || { echo "SKIP: there is no openssl"; exit 77; }
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work BENCH_DB=$work/runs.db NO_COLOR=1

key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
certificate() { # FILE HOST
	# shellcheck disable=SC2086 # a list of words
	openssl req -x509 $key -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$2" -addext "subjectAltName=DNS:$2"
}
expired() { # FILE HOST
	printf '[ca]\ndefault_ca=own\n[own]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any
[any]\ncommonName=supplied\n' >ca.conf
	: >index
	echo 01 >serial
	# shellcheck disable=SC2086
	openssl req -new $key -keyout "$1.key" -out "$1.request" -subj "/CN=$2"
	openssl ca -batch -config ca.conf -selfsign -keyfile "$1.key" -in "$1.request" -out "$1.pem" -notext \
		-startdate 20200101000000Z -enddate 20200102000000Z
}
{
	certificate good localhost
	certificate other other.example
	expired old localhost
} >openssl.log 2>&1 || { cat openssl.log; exit 1; }
cat good.pem other.pem old.pem >trusted.pem
cat >ask.lua <<'END'
local bench = require "bench"
local opt = bench.scenario { summary = "TLS", options = { { "server", "sim", "whom" } } }
local reply = http.get(opt.server .. "/")
bench.note("said", reply.ok and "ok" or reply.error.kind .. ": " .. reply.error.message)
END

wrong=0
says() { # WORDS PATTERN TRUSTED CERTIFICATE OPTION...
	: >served # of the one before
	openssl s_server -accept 127.0.0.1:0 -www -cert "$4.pem" -key "$4.key" "${@:5}" >served 2>&1 &
	server=$!
	local port="" said
	until port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' served | head -n 1) && [ -n "$port" ]; do sleep 0.1; done
	SSL_CERT_FILE=$3 "$bench" run ask.lua --allow-net localhost --server "https://localhost:$port" --quiet >run.out 2>&1 || true
	said=$("$bench" sql --format csv "SELECT value FROM notes ORDER BY run DESC LIMIT 1" | sed 1d)
	kill "$server"
	server=
	if grep -qE -- "$2" <<<"$said"; then
		echo "ok     $1: $said"
	else
		echo "WRONG  $1: $said, not $2"
		cat run.out
		wrong=1
	fi
}

says "a certificate in order" '^ok' trusted.pem good
says "one that nobody vouches for" 'tls: .*self.signed.*SSL_CERT_FILE' other.pem good
says "an expired one" 'tls: [^(]*expired' trusted.pem old
says "one of another name" 'tls: [^(]*localhost' trusted.pem other
says "one of ours that is wanted" 'tls: .*alert' trusted.pem good -Verify 1
says "the same by TLS 1.2" 'tls: .*alert' trusted.pem good -Verify 1 -tls1_2
exit $wrong
