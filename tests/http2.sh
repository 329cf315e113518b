#!/bin/bash
# http2.sh BENCH: many requests at a time by HTTP/2 from a server that allows one stream in a connection. Each has a
# connection of its own, none waits for a stream; a server that speaks HTTP/1.1 instead is named; frames without an end
# keep nobody; what is not taken is sent again once, by a new connection; certificates are found where other distributions keep them, and where SSL_CERT_FILE says. Needs
# python3-h2, openssl and a namespace in which the server's certificate is trusted. 77: not here.
set -eu
bench=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
trusted=$(curl-config --ca 2>/dev/null || echo /etc/ssl/certs/ca-certificates.crt)
users=16 requests=48

skip() {
	echo "SKIP: $*"
	exit 77
}

if [ -z "${HTTP2_ALONE-}" ]; then
	/usr/bin/python3 -c 'import h2' 2>/dev/null || skip "there is no python3-h2"
	command -v openssl >/dev/null || skip "there is no openssl"
	[ -s "$trusted" ] || skip "libcurl's certificates are not in $trusted"
	unshare -rm true 2>/dev/null || skip "this user may make no namespaces here"
	HTTP2_ALONE=1 exec unshare -rm bash "$0" "$@"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work BENCH_DB=$work/runs.db NO_COLOR=1
unset SSL_CERT_FILE

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost 2>openssl.log || { cat openssl.log; exit 1; }
cat "$trusted" cert.pem >trusted.pem
mount --bind trusted.pem "$trusted"
cat >load.lua <<'END'
local bench = require "bench"
local opt = bench.scenario { summary = "HTTP/2", options = { { "server", "sim", "whom" }, { "users", 16, "at a time" },
  { "requests", 48, "in all" } } }
local backend = bench.backend(opt.server, { http2 = true })
bench.load { arrivals = bench.closed(opt.users), requests = opt.requests, visit = function() backend:ask("hi") end }
END

mkfifo open
/usr/bin/python3 -B "$here/http2_server.py" cert.pem key.pem 1 1 <open >served &
exec 9>open
until [ -s served ]; do sleep 0.1; done
read -r port <served
# shellcheck source=tests/judged.sh
. "$here/judged.sh"

"$bench" run load.lua --users $users --requests $requests --server "openai+https://localhost:$port#m" --quiet >run.out 2>&1 ||
	cat run.out
is "answers that went well" $requests "$(sql "SELECT count(*) FROM request_metrics WHERE outcome = 'ok'")"
is "requests that the server took" $requests "$(($(wc -l <served) - 1))"
is "most streams in a connection" 1 "$(sed 1d served | cut -d ' ' -f 2 | sort -n | tail -n 1)"
is "warnings that name HTTP/1.1" 0 "$(sql "SELECT count(*) FROM warnings WHERE code = 'http1'")"
"$bench" run load.lua --users 1 --requests 2 --server sim@kind=openai --quiet >run.out 2>&1 || cat run.out
is "the same where the server speaks that" 1 "$(sql "SELECT count(*) FROM warnings WHERE code = 'http1'")"

cat >flood.lua <<'END'
local bench = require "bench"
local opt = bench.scenario { summary = "a flood", options = { { "server", "sim", "whom" } } }
bench.backend(opt.server, { http2 = true }):ask("hi", { timeouts = { idle = "1s" } })
END
"$bench" run flood.lua --server "openai+https://localhost:$port/flood#m" --script-time 5s --quiet >run.out 2>&1 && cat run.out
is "what ends frames without an end" idle_timeout "$(sql "SELECT error_kind FROM request_metrics ORDER BY run DESC LIMIT 1")"

taken=$(wc -l <served)
"$bench" run flood.lua --server "openai+https://localhost:$port/refuse#m" --quiet >run.out 2>&1 && cat run.out
is "what is not taken twice" "failed,transport,1" "$(sql "SELECT outcome, error_kind, flags LIKE '%reconnected%' FROM request_metrics ORDER BY run DESC LIMIT 1")"
is "times that it was sent" 2 "$(($(wc -l <served) - taken))"
is "connections by which it was sent" 2 "$(tail -n 2 served | cut -d ' ' -f 1 | sort -u | wc -l)"

# A machine that keeps its certificates where libcurl does not look.
mount -t tmpfs none /etc/ssl
for place in cert.pem ca-bundle.pem; do
	status=0
	"$bench" run load.lua --users 1 --requests 1 --server "openai+https://localhost:$port#m" --quiet >run.out 2>&1 || status=$?
	is "exit code where no certificate is trusted" 4 "$status"
	cp cert.pem /etc/ssl/$place
	"$bench" run load.lua --users 1 --requests 1 --server "openai+https://localhost:$port#m" --quiet >run.out 2>&1 || cat run.out
	is "answers where it is in /etc/ssl/$place" 1 "$(sql "SELECT ok FROM runs ORDER BY run DESC LIMIT 1")"
	rm /etc/ssl/$place
done
SSL_CERT_FILE=$work/cert.pem "$bench" run load.lua --users 1 --requests 1 --server "openai+https://localhost:$port#m" --quiet >run.out 2>&1 || cat run.out
is "answers where SSL_CERT_FILE names it" 1 "$(sql "SELECT ok FROM runs ORDER BY run DESC LIMIT 1")"
exit $wrong
