-- A closed and an open load side by side, window after window, for so long:
--   lua5.4 tests/soak.lua BENCH SECONDS
-- Its memory stays flat, no descriptor is left open, and every token event is kept. The memory of the three thirds of
-- the time is held against each other: all are medians, and there are requests enough that 100 bytes lost by each would
-- be seen. What is lost grows from each third to the next; what one busy moment leaves in the heap, once. Flat is what
-- varies by 2 %, or, in a short time, by what such moments leave. What is mapped of files (the index of the database's
-- log grows with it) is no memory that is lost.
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local outside = require "outside"
local check, output = outside.judge, outside.output

local bench, seconds = arg[1], tonumber(arg[2])
assert(bench and seconds, "usage: soak.lua BENCH SECONDS")

local LEAST_REQUESTS = 60000
local USERS, AT_MOST, TOKENS = 16, 32, 8
local OTHER_DESCRIPTORS = 20 -- the database, the loop, the simulated server, standard streams
local GROWTH = 0.02
local GROWTH_KB = seconds < 120 and 2560 or 0
local LONGEST = 3 * seconds + 120

local SCRIPT = [[
local bench = require "bench"
local opt = bench.scenario { summary = "soak", options = {
  { "server", "sim", "whom" }, { "seconds", 20, "how long" }, { "requests", 1, "how many at least" },
  { "users", 16, "of the closed load" }, { "at_most", 32, "of the open one" }, { "tokens", 8, "of each answer" },
} }
local backend = bench.backend(opt.server)
local ended = 0
local function ask()
  backend:ask("Why is the sky blue?", { max_tokens = opt.tokens })
  ended = ended + 1
end
local till = bench.now() + opt.seconds
repeat
  bench.together {
    function() bench.load { label = "closed", arrivals = bench.closed(opt.users), measure = "1s", visit = ask } end,
    function()
      bench.load { label = "open", arrivals = bench.poisson(200), at_most = opt.at_most, measure = "1s", visit = ask }
    end,
  }
until bench.now() >= till and ended >= opt.requests
print "over"
bench.sleep "2s" -- for who looks whether it is over
]]

local folder = outside.folder()

local function read(path)
  return outside.read(path) or ""
end

local function start()
  local file <close> = assert(io.open(folder .. "/soak.lua", "w"))
  file:write(SCRIPT)
  file:close()
  local server = ("sim#m@kind=openai@ttft=2ms@tpot=100us@output_tokens=%d@slots=64"):format(TOKENS)
  local pid = output(("cd '%s' && HOME=. NO_COLOR=1 '%s' run soak.lua --quiet --db soak.db --seconds %d --requests %d"
    .. " --users %d --at-most %d --tokens %d --server '%s' >out 2>err & echo $!"):format(folder, bench, seconds,
    LEAST_REQUESTS, USERS, AT_MOST, TOKENS, server))
  return pid:match("%d+")
end

-- Lists of KiB, all that is resident and what of it is of no file, and of open descriptors, four a second until the
-- loads are over.
local function watch(pid)
  local resident, own, descriptors = {}, {}, {}
  for _ = 1, 4 * LONGEST do
    local status = read("/proc/" .. pid .. "/status")
    if not status:find "RssAnon" or read(folder .. "/out"):find("over", 1, true) then
      break
    end
    resident[#resident + 1] = tonumber(status:match "VmRSS:%s*(%d+)")
    own[#own + 1] = tonumber(status:match "RssAnon:%s*(%d+)")
    descriptors[#descriptors + 1] = tonumber((output("ls /proc/" .. pid .. "/fd | wc -l")))
    os.execute("sleep 0.25")
  end
  return resident, own, descriptors
end

local function median(list, from, to)
  local part = table.move(list, from, to, 1, {})
  table.sort(part)
  return part[(#part + 1) // 2]
end

-- The first fifth, a minute at most, is for what is made once: connections, caches, statements.
local function judge_memory(resident, own)
  local skipped = math.min(#own // 5, 240)
  local third = (#own - skipped) // 3
  check(third >= 8, "%d looks at the memory", #own)
  if third < 8 then return end
  local function thirds(list)
    local from = skipped + 1
    return median(list, from, from + third - 1), median(list, from + third, from + 2 * third - 1),
      median(list, #list - third + 1, #list)
  end
  local all, _, all_later = thirds(resident)
  print(("       resident: %.2f MiB in the first third, %.2f in the last (%+.2f %%)"):format(all / 1024,
    all_later / 1024, 100 * (all_later / all - 1)))
  local first, second, last = thirds(own)
  local growth = 2 * math.min(second - first, last - second)
  check(growth <= math.max(GROWTH * all, GROWTH_KB), "of no file: %.2f, %.2f and %.2f MiB in the thirds"
    .. " (%+.2f %% of all)", first / 1024, second / 1024, last / 1024, 100 * growth / all)
end

local function query(sql)
  local csv = output(("'%s' sql --db '%s/soak.db' --format csv \"%s\""):format(bench, folder, sql))
  return csv:match("\n([^\r\n]*)") or ""
end

-- Arrivals that still waited when a window ended are rows, too.
local function judge_rows()
  local requests = tonumber(query("SELECT count(*) FROM request_metrics WHERE outcome <> 'dropped'")) or 0
  check(requests >= LEAST_REQUESTS, "%d requests", requests)
  local good = query("SELECT count(*) FROM request_metrics WHERE outcome = 'ok' AND token_events = " .. TOKENS)
  check(good == tostring(requests), "%s went well", good)
  check(query("SELECT max(seq) = count(*) FROM request_metrics") == "1", "their numbers have no gap")
  local events = query("SELECT count(*) FROM events")
  check(events == tostring(TOKENS * requests), "%s token events are kept", events)
end

local function main()
  local pid = assert(start(), "bench did not start")
  local resident, own, descriptors = watch(pid)
  os.execute(("for i in $(seq 600); do kill -0 %s 2>/dev/null || break; sleep 0.2; done; kill -KILL %s 2>/dev/null")
    :format(pid, pid))
  check(read(folder .. "/out"):find("over", 1, true) ~= nil, "the loads came to their end %s", read(folder .. "/err"))
  judge_memory(resident, own)
  local most = math.max(0, table.unpack(descriptors, math.max(1, #descriptors - 20)))
  check(most <= USERS + AT_MOST + OTHER_DESCRIPTORS, "%d descriptors at the end", most)
  judge_rows()
  os.execute("rm -rf '" .. folder .. "'")
  os.exit(outside.failures == 0)
end

main()
