-- An oracle: scenarios drawn from seeds are run against simulated servers, and every number that bench prints is worked
-- out again from the raw rows: lua5.4 tests/oracle/run.lua BENCH SEED...
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. here .. "/../?.lua;" .. package.path
local outside = require "outside"
local cjson = require "cjson"
local scenario = require "scenario"
local raw = require "raw"

local bench = assert(arg[1], "usage: run.lua BENCH SEED...")
local folder = outside.folder()

local function make(name, text)
  outside.write(folder .. "/" .. name, text)
end

local function run(words)
  return outside.output(("cd '%s' && '%s' %s --db runs.db 2>err"):format(folder, bench, words))
end

-- What a script printed of its loads, by phase.
local function loads_of(text)
  local loads = {}
  for line in text:gmatch "LOAD ([^\n]*)" do
    local load = cjson.decode(line)
    loads[math.tointeger(load.phase)] = load
  end
  return loads
end

local checks = {}
for i, name in ipairs { "rows", "loads", "summaries", "sentences", "printed", "compared" } do
  checks[i] = require(name)
end

local function check_seed(seed, number)
  local made = scenario.of(seed)
  make("s.lua", made.script)
  make("trace.jsonl", made.trace)
  for name, text in pairs(made.plays) do
    make(name, text)
  end
  local text, code = run(("run s.lua --quiet --seed %d --workers %d --targets '%s' --rounds %d"):format(seed,
    made.workers, made.targets, made.rounds))
  local before = outside.failures
  outside.check(code == 0 or code == 1 or code == 5, "seed %d: exit %d: %s", seed, code, outside.read(folder .. "/err"))
  local context = { seed = seed, run = number, made = made, loads = loads_of(text), bench = run,
    found = raw.read(folder .. "/runs.db", number), database = folder .. "/runs.db", code = code }
  for _, check in ipairs(checks) do
    check(context)
  end
  print(("seed %d: %d requests, %d loads, %d workers, exit %d, %d differences"):format(seed, #context.found.requests,
    #context.found.phases, made.workers, code, outside.failures - before))
end

for number = 2, #arg do
  check_seed(math.tointeger(arg[number]), number - 1)
end
outside.finish_oracle(folder)
