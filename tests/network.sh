#!/bin/bash
# network.sh BENCH: what a run says of a network between it and the server: how much of TTFT is the way, and which tokens
# waited for a packet that was lost, for which no proxy is blamed; and how much of it is a connection, first tried to an
# address that does not answer; that a link-local address is one with its interface, and that of several replicas behind a
# name one is asked. 77: no such network can be made here.
set -eu
bench=$(realpath "$1")
here=$(dirname "$(realpath "$0")")

skip() {
	echo "SKIP: $*"
	exit 77
}

if [ -z "${NETWORK_ALONE-}" ]; then
	command -v ip >/dev/null || skip "there is no ip (iproute2)"
	unshare -rmn true 2>/dev/null || skip "this user may make no networks here"
	NETWORK_ALONE=1 exec unshare -rmn bash "$0" "$@"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work BENCH_DB=$work/runs.db NO_COLOR=1
# shellcheck source=tests/judged.sh
. "$here/judged.sh"

# Such an address is nothing without its interface.
ip link set lo up
ip -6 addr add fe80::99/64 dev lo nodad
: >served
"$bench" sim --host :: --port 8001 --kind openai >served 2>&1 &
server=$!
until grep -q listens served; do sleep 0.1; done
for place in fe80::99%lo fe80::99%25lo; do
	"$bench" run sky_blue --times 1 --backends "openai://[$place]:8001" --quiet >page 2>&1 || cat page
done
is "answers of a link-local address" "2,2" "$(sql "SELECT sum(ok) || ',' || (SELECT count(*) FROM backends WHERE instr(address, '[fe80::99%25lo]:8001')) FROM runs" | tr -d '"')"

# Of two replicas under one name a load asks one; of an address of each family nobody knows that they are two.
echo "127.0.0.2 replicas
127.0.0.3 replicas
127.0.0.4 families
::1 families" >hosts
mount --bind hosts /etc/hosts
for host in replicas families; do
	"$bench" run sweep --backend "openai://$host:8001" --from 4 --up-to 4 --measure 1s --warm-up 0s --max-tokens 2 --quiet >page 2>&1 || cat page
done
umount /etc/hosts
kill $server
is "names whose other addresses got nothing" "replicas" "$(sql "SELECT group_concat(substr(b.address, 10, 8)) FROM warnings AS w JOIN backends AS b USING (run, backend) WHERE code = 'one_address' AND text LIKE '%(127.0.0.2, 127.0.0.3)%'")"
rm -f "$BENCH_DB"*

mkfifo open
# A run of six asks of such a server over a network that loses each so many-th packet; it is gone afterwards.
run_over() { # MILLISECONDS LOSE KIND HOST
	: >served # the words of the network before
	/usr/bin/python3 -B "$here/far_network.py" "$1" "$2" "$bench" sim --host 10.9.0.2 --port 8000 --kind "$3" \
		--ttft 40ms --tpot 10ms --output-tokens 48 <open >served 2>&1 &
	network=$!
	exec 9>open
	until grep -q listens served; do
		kill -0 $network 2>/dev/null || { cat served; skip "this user may make no tunnel here"; }
		sleep 0.1
	done
	"$bench" run sky_blue --times 5 --backends "$3://$4:8000" >page 2>err || cat page err
	exec 9>&-
	wait $network || true
}

run_over 10 5 openai 10.9.0.2
is "answers that were whole" 6 "$(sql "SELECT count(*) FROM request_metrics WHERE outcome = 'ok' AND token_events = 48")"
is "answers of which packets were lost" 6 "$(sql "SELECT count(*) FROM request_metrics WHERE packet_loss = 1")"
is "the network as it is named" 1 "$(sql "SELECT count(*) FROM warnings WHERE code = 'packet_loss' AND text LIKE 'In 5 of 5 answers %'")"
is "proxies that are blamed" 0 "$(sql "SELECT count(*) FROM warnings WHERE code IN ('lump', 'burst', 'ack_wait', 'coalesced')")"
is "round trips that are none shorter than they can be" 1 "$(sql "SELECT count(*) FROM backend WHERE round_trip_ns >= 20000000")"
is "the way as it is named" 1 "$(sql "SELECT count(*) FROM warnings WHERE code = 'far'")"

# As llama-server does, its connection is closed behind each stream.
echo "fd09::99 both
10.9.0.2 both
10.9.0.3 pair
10.9.0.2 pair" >hosts
mount --bind hosts /etc/hosts
run_over 10 0 llamacpp both
is "connections to a dead address first" 1 "$(sql "SELECT count(*) FROM warnings WHERE code = 'connecting' AND text LIKE '5 of 5 requests %(fd09::99, 10.9.0.2) seems not to answer%'")"
is "answers without a loss, where none is" 1 "$(sql "SELECT count(*) > 0 FROM request_metrics WHERE run = 2 AND packet_loss = 0")"

run_over 10 0 openai pair
is "answers of the second of two addresses, the first of them dead" 6 "$(sql "SELECT count(*) FROM request_metrics WHERE run = 3 AND outcome = 'ok'")"

run_over 60 0 llamacpp 10.9.0.2
"$bench" compare 2 4 >page || true
is "ways that are compared" 1 "$(grep -c '^NOT THE SAME EXPERIMENT (.*round trip' page)"

"$bench" run sky_blue --times 1 --backends sim --quiet >page
is "the way to this machine" "0,0" "$(sql "SELECT (SELECT count(*) FROM backend WHERE run = 5 AND round_trip_ns IS NOT NULL) || ',' || (SELECT count(*) FROM warnings WHERE run = 5 AND code = 'far')" | tr -d '"')"
exit $wrong
