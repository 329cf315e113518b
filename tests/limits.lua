-- What a machine runs out of while a load is on: lua5.4 tests/limits.lua BENCH
-- In namespaces of their own, where nobody else has ports or a disk to lose; where those are not allowed (77) each is
-- named as not looked at. Descriptors are in tests/cli/limits.cli.
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local outside = require "outside"
local check, output = outside.judge, outside.output

local bench = assert(arg[1], "usage: limits.lua BENCH")
local skipped = 0
local folder = outside.folder()

local function write(name, text)
  outside.write(folder .. "/" .. name, text)
end

write("load.lua", [[
local bench = require "bench"
local opt = bench.scenario { summary = "limits", options = {
  { "server", "sim", "whom" }, { "users", 16, "at a time" }, { "requests", 100, "in all" },
} }
local backend = bench.backend(opt.server)
bench.load { arrivals = bench.closed(opt.users), requests = opt.requests, visit = function()
  backend:ask("hi", { max_tokens = 8 })
end }
]])

-- Commands in namespaces of that kind, in the folder; what they say, or nil where there are none.
local function alone(what, flags, commands)
  if not os.execute("unshare " .. flags .. " true 2>/dev/null") then
    skipped = skipped + 1
    print("SKIP   " .. what .. ": this user may make no namespaces here")
    return nil
  end
  write("commands.sh", "set -u\nbench='" .. bench .. "'\n" .. commands)
  return output(("cd '%s' && HOME=. NO_COLOR=1 BENCH_DB= XDG_DATA_HOME=. timeout 200 unshare %s sh commands.sh 2>&1")
    :format(folder, flags))
end

local function sql(database, query)
  local csv = output(("'%s' sql --db '%s/%s' --format csv \"%s\""):format(bench, folder, database, query))
  return csv:match "\n(.-)%s*$" or ""
end

local function ports()
  local said = alone("ports", "-rn", [[
ip link set lo up
echo 40000 40039 >/proc/sys/net/ipv4/ip_local_port_range
"$bench" run load.lua --db ports.db --users 100 --server 'sim#m@kind=openai@ttft=4s@slots=100@output_tokens=2'
echo "exit $?"
]])
  if not said then return end
  check(said:find("exit 0", 1, true), "out of ports, the run comes to its end")
  local failed = tonumber(sql("ports.db", "SELECT count(*) FROM request_metrics WHERE error_kind = 'client_limit'"))
  local ok = tonumber(sql("ports.db", "SELECT count(*) FROM request_metrics WHERE outcome = 'ok'"))
  check(failed and ok and failed > 50 and ok > 10 and failed + ok == 100, "%s of 100 are client_limit, %s ok", failed,
    ok)
  local words = sql("ports.db", "SELECT DISTINCT error_message FROM request_metrics WHERE error_kind = 'client_limit'")
  check(words:find("no local port left", 1, true) and words:find("ip_local_port_range", 1, true), "in words: %s", words)
end

write("two.lua", [[
local bench = require "bench"
local opt = bench.scenario { summary = "two servers", options = { { "servers", { "sim", "sim" }, "whom" } } }
local one, other = bench.backend(opt.servers[1]), bench.backend(opt.servers[2])
bench.load { arrivals = bench.closed(30), requests = 240, visit = function()
  one:ask("hi", { max_tokens = 8 })
  other:ask("hi", { max_tokens = 8 })
end }
]])

-- The system gives one local port to connections that go to different servers: whose bytes came when is not told by
-- that port alone. None is there before its server's first token.
local function shared_ports()
  local said = alone("shared ports", "-rn", [[
ip link set lo up
echo 41000 41039 >/proc/sys/net/ipv4/ip_local_port_range
server='sim#m@kind=openai@ttft=100ms@tpot=1ms@slots=64'
"$bench" run two.lua --db shared.db --quiet --servers "one=$server,other=$server"
echo "exit $?"
]])
  if not said then return end
  check(said:find("exit 0", 1, true), "more connections to two servers than ports: %s", said:gsub("%s+", " "))
  local found = sql("shared.db",
    "SELECT count(*) || ' ' || sum(ttft_ms < 100) FROM request_metrics WHERE outcome = 'ok'")
  check(found:match "^2[4-9]%d 0$", "answered, and of them too early: %s", found)
end

-- Commands beside the folder small, a disk of that size; TMPDIR is the folder saved, where there is room.
local function on_small_disk(what, size, commands)
  return alone(what, "-rm", ([[
rm -rf small saved
mkdir small saved
mount -t tmpfs -o size=%s none small
TMPDIR=$PWD/saved
export TMPDIR
]]):format(size) .. commands)
end

-- What the full disk still had room for lies beside the file, the rest where TMPDIR is.
local function disk()
  local said = on_small_disk("disk", "2m", [[
"$bench" run load.lua --db small/full.db --requests 4000 --server 'sim#m@kind=openai@ttft=0ms@tpot=0ms@slots=64'
echo "exit $?"
cp small/full.db* .
sqlite3 full.db "SELECT 'status ' || status FROM runs"
sqlite3 full.db "SELECT 'before ' || count(*) FROM request WHERE outcome = 'ok'"
cat full.db.rescue.sql saved/*.rescue.sql 2>none | sqlite3 full.db
sqlite3 full.db "SELECT 'after ' || count(*) FROM request WHERE outcome = 'ok'"
sqlite3 full.db "SELECT 'missing ' || count(*) FROM warning WHERE code = 'rows_missing'"
sqlite3 full.db "SELECT 'then ' || status FROM runs"
]])
  if not said then return end
  check(said:find("exit 6", 1, true), "the disk is full, and that is the exit code")
  check(select(2, said:gsub("No room for small/full.db: the disk is full", "")) == 1, "it is said, once")
  check(said:find("status failed", 1, true), "a run that lacks rows is not done")
  check(said:find("! Rows of this run are missing here", 1, true), "its page says that rows are missing")
  check(said:find("missing 0", 1, true), "until they are put back")
  check(said:find("then done", 1, true), "and with them all it is")
  check(not said:find("LOST", 1, true), "nothing is lost")
  local before, after = tonumber(said:match "before (%d+)"), tonumber(said:match "after (%d+)")
  check(before and before < 4000 and after == 4000, "%s rows in the file, %s with what was saved elsewhere", before,
    after)
  if outside.failures > 0 then print(said) end
end

write("waits.lua", [[
local bench = require "bench"
local opt = bench.scenario { summary = "waits", options = { { "server", "sim", "whom" } } }
local backend = bench.backend(opt.server)
backend:ask("hi", { max_tokens = 8 })
while not pcall(bench.read, "filled") do bench.sleep "50ms" end
for _ = 1, 20 do backend:ask("hi", { max_tokens = 8 }) end
]])

-- Not a page is left, nor one that a batch had and gives back: something else took all, while the run went on.
local function last_page()
  local said = on_small_disk("last page", "2m", [[
"$bench" run waits.lua --db small/last.db --server 'sim@ttft=0ms@tpot=0ms' >page &
until sqlite3 small/last.db 'SELECT 1 FROM request' 2>none | grep -q 1; do sleep 0.1; done
cat /dev/zero >small/all 2>none
echo >filled
wait $!
echo "exit $?"
cat page
sqlite3 -readonly small/last.db "SELECT 'status ' || status || ' ' || summarised FROM run"
rm small/all
cat small/*.rescue.sql saved/*.rescue.sql 2>none | sqlite3 small/last.db
sqlite3 small/last.db "SELECT 'answered ' || count(*) FROM request WHERE outcome = 'ok'"
]])
  if not said then return end
  check(said:find("exit 6", 1, true), "no page is left, and that is the exit code")
  check(said:find("status failed 1", 1, true), "and the run is failed, and summed up")
  check(not said:find("going on", 1, true), "which the page says, too")
  check(said:find("answered 21", 1, true) and not said:find("LOST", 1, true), "nothing is lost")
  if outside.failures > 0 then print(said) end
end

-- A run that was killed cannot even be mended; whoever reads the file is told no less.
local function unmended()
  local said = on_small_disk("unmended", "2m", [[
rm -f filled
"$bench" run waits.lua --db small/killed.db --server 'sim@ttft=0ms@tpot=0ms' >none &
until sqlite3 small/killed.db 'SELECT 1 FROM request' 2>none | grep -q 1; do sleep 0.1; done
kill -KILL $!
wait $! 2>none
cat /dev/zero >small/all 2>none
"$bench" show last --db small/killed.db
"$bench" export last -o killed.db --db small/killed.db
rm small/all
"$bench" show last --db small/killed.db
]])
  if not said then return end
  local full, mended = said:match "^(.-Kept:.-)(waits:.+)"
  check(full and full:find("Its end could not be written", 1, true), "a killed run is not called one that goes on")
  check(full and full:find("run 1 was cut off", 1, true), "nor where it is to be exported")
  check(mended and mended:find("Its process died", 1, true), "and is mended once there is room")
  if outside.failures > 0 then print(said) end
end

-- A disk may have room and yet no file more: first for the database, then for its log, then for the log's index.
local function files()
  local said = on_small_disk("files", "2m", [[
for files in 1 2 3; do
  mount -t tmpfs -o size=2m,nr_inodes=$files none small
  "$bench" run load.lua --requests 1 --db small/some.db
  echo "exit $?"
done
]])
  if not said then return end
  local _, count = said:gsub("bench: No room for small/some.db %([^\n]+: No space left on device%)[^\n]+\nexit 6\n", "")
  check(count == 3, "a disk that holds no file more has no room")
  if outside.failures > 0 then print(said) end
end

-- A container may have no /proc: by it a program starts itself again.
local function without_proc()
  local said = alone("no /proc", "-rm", [[
mount -t tmpfs none /proc
"$bench" --version >none 2>&1 || exit 0 # one with sanitizers needs it
for more in '--workers 2 --server openai://127.0.0.1:9#m' '--server sim'; do
  "$bench" run load.lua --db proc.db --quiet $more
  echo "exit $?"
done
]])
  if not said or said == "" then return end
  check(said:find("^bench: cannot start a worker: /proc/self/exe: No such file or directory\nexit 3\n"),
    "without /proc no worker is started")
  check(said:find("cannot start the simulated server: /proc/self/exe: No such file or directory\nexit 2\n"),
    "nor a simulated server")
  if outside.failures > 0 then print(said) end
end

-- Each worker's part, what they tell each other and the whole have no room.
local function disk_of_workers()
  local said = on_small_disk("disk of workers", "1m", [[
"$bench" run load.lua --workers 2 --db small/w.db --requests 4000 --server 'sim@ttft=0ms@tpot=0ms@slots=64'
echo "exit $?"
]])
  if not said then return end
  check(said:find("exit 6", 1, true), "workers: the disk is full, and that is the exit code")
  check(not said:find("bench: .", 1, true), "workers: each failure has its reason")
  check(not said:find("bench:lib", 1, true), "workers: no place of ours is named")
  if outside.failures > 0 then print(said) end
end

write("parts.lua", [[
local bench = require "bench"
local opt = bench.scenario { summary = "parts", options = { { "server", "sim", "whom" } } }
local backend = bench.backend(opt.server)
local function wait_for(file)
  while not pcall(bench.read, file) do bench.sleep "50ms" end
end
bench.load { arrivals = bench.closed(2), requests = 2, visit = function()
  wait_for "part_filled"
  backend:ask("hi", { max_tokens = 8 })
  wait_for "part_freed"
end }
]])

-- What a worker could not write to its part is missing in the whole.
local function disk_of_a_part()
  local said = on_small_disk("disk of a part", "4m", [[
"$bench" run parts.lua --workers 2 --db small/p.db --server 'sim@ttft=0ms@tpot=0ms' >page &
for part in 1 2; do
  until sqlite3 small/p.db.workers-*/$part.db 'SELECT 1 FROM phase' 2>none | grep -q 1; do sleep 0.1; done
done
cat /dev/zero >small/all 2>none
echo >part_filled
until ls saved/*.rescue.sql small/*/*.rescue.sql 2>none | grep -q rescue; do sleep 0.1; done
rm small/all
echo >part_freed
wait $!
echo "exit $?"
cat page
sqlite3 small/p.db "SELECT 'status ' || status FROM run"
]])
  if not said then return end
  check(said:find("exit 6", 1, true), "a part lacks rows, and that is the exit code")
  check(said:find("status failed", 1, true), "the whole is not done then")
  check(said:find("! Rows of this run are missing here", 1, true), "and its page says so")
  if outside.failures > 0 then print(said) end
end

ports()
shared_ports()
disk()
last_page()
unmended()
files()
without_proc()
disk_of_workers()
disk_of_a_part()
os.execute("rm -rf '" .. folder .. "'")
os.exit(outside.failures > 0 and 1 or skipped > 0 and 77 or 0)
