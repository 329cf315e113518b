-- SIGKILL in mid-run, fifty times at random moments, several runs in one file at a time:
--   lua5.4 tests/kill.lua BENCH [SEED]
-- Afterwards the file opens and is sound, every row that was committed is still there, the runs are
-- marked crashed by the next one that opens the file for writing, and no simulated server is left.
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local outside = require "outside"
local check, output = outside.check, outside.output

local BATCHES, AT_ONCE = 10, 5
local LONGEST_S = 2.6

local bench = assert(arg[1], "usage: kill.lua BENCH [SEED]")
local seed = tonumber(arg[2]) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local directory = outside.folder()
local database = directory .. "/kill.db"

outside.write(directory .. "/asks.lua", [[
local bench = require "bench"
local opt = bench.scenario {
  summary = "asks", options = { { "times", 1000, "how often" }, { "server", "sim", "whom" } },
}
local backend = bench.backend(opt.server)
for _ = 1, opt.times do backend:ask("hi", { max_tokens = 4 }) end
]])

local function sql(query)
  local text, code = output(string.format("sqlite3 -readonly '%s' \"%s\" 2>&1", database, query))
  check(code == 0, "sqlite3 cannot read the file: %s", text)
  return text
end

-- Starts runs, kills each after a time of its own, and waits for the last.
local function kill_some()
  local lines = {}
  for _ = 1, AT_ONCE do
    local server = "sim#kill-" .. seed .. "@ttft=5ms@tpot=5ms@output_tokens=4"
    lines[#lines + 1] = string.format("('%s' run asks.lua --quiet --db '%s' --server '%s' >>out 2>>err & "
      .. "pid=$!; sleep %.3f; kill -KILL $pid; wait $pid) 2>/dev/null &", bench, database, server,
      0.02 + math.random() * LONGEST_S)
  end
  lines[#lines + 1] = "wait"
  outside.write(directory .. "/kill.sh", table.concat(lines, "\n") .. "\n")
  os.execute("cd '" .. directory .. "' && sh kill.sh")
end

-- Committed rows as "run|seq|outcome" lines; what was in flight reads as incomplete afterwards.
local ROWS = "SELECT run, seq, CASE outcome WHEN 'running' THEN 'incomplete' ELSE outcome END"
  .. " FROM request ORDER BY 1, 2"

local function check_rows_stay(before)
  local now = {}
  for row in sql(ROWS):gmatch("[^\n]+") do now[row] = true end
  local lost = 0
  for row in before:gmatch("[^\n]+") do
    if not now[row] then lost = lost + 1 end
  end
  check(lost == 0, "%d committed rows are gone or changed", lost)
end

local function servers_left()
  -- [k]: the search itself does not count
  local text = output("grep -l '[k]ill-" .. seed .. "' /proc/[0-9]*/cmdline 2>/dev/null | wc -l")
  return tonumber(text)
end

local function main()
  for _ = 1, BATCHES do
    kill_some()
    check(sql("PRAGMA integrity_check") == "ok\n", "the file is not sound")
  end
  local committed = sql(ROWS)
  local _, rows = committed:gsub("\n", "")
  print(rows .. " committed rows, " .. sql("SELECT count(*) FROM run"):gsub("\n", "") .. " runs")
  check(rows > BATCHES, "so few rows: the runs cannot have committed once a second")

  local text, code = output(string.format("cd '%s' && '%s' run asks.lua --times 1 --db '%s' --server sim@ttft=1ms 2>&1",
    directory, bench, database))
  check(code == 0, "the next run failed: %s", text)
  check_rows_stay(committed)
  check(sql("SELECT count(*) FROM run WHERE status = 'running'") == "0\n", "a killed run still counts as running")
  check(sql("SELECT count(*) FROM run WHERE status NOT IN ('crashed', 'done')") == "0\n",
    "a killed run is not crashed: %s", sql("SELECT status, count(*) FROM run GROUP BY 1"))
  check(sql("SELECT status FROM run ORDER BY id DESC LIMIT 1") == "done\n", "the last run is not done")
  check(sql("SELECT count(*) FROM request WHERE outcome = 'running'") == "0\n", "a request is still in flight")
  text, code = output(string.format("'%s' db check --db '%s' 2>&1", bench, database))
  check(code == 0, "bench db check: %s", text)
  outside.wait_for("that no simulated server outlives its run", function() return servers_left() == 0 end)

  os.execute("rm -rf '" .. directory .. "'")
  print(outside.failures == 0 and "50 killed runs, nothing lost" or outside.failures .. " failures")
  os.exit(outside.failures == 0)
end

main()
