-- An oracle of trends: histories drawn from a seed, of which it is known whether their level changed and where, against
-- what bench trend marks in them: lua5.4 tests/trends/run.lua BENCH SEED [EACH]
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. here .. "/../?.lua;" .. here .. "/../comparisons/?.lua;" .. package.path
local cjson = require "cjson"
local histories = require "histories"
local outside = require "outside"
local store = require "store"

local bench, seed, each = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3] or 40)
assert(bench and seed, "usage: run.lua BENCH SEED [EACH]")
math.randomseed(seed)

local DEVIATION = 0.03 -- of the noise, as a share of the level
local LENGTHS = { 8, 12, 20, 40, 80 }
local FIRST_RUN = 1001

-- What is held: of histories of one kind, all lengths together, the share (%) that may have a mark or be called a
-- drift, and that must be marked in the right place and nowhere else, or called a drift.
local kinds = {
  { "normal", "none", 0, marked = 4, drifting = 3 },
  { "long tails", "none", 0, marked = 4, drifting = 3 },
  { "outliers", "none", 0, marked = 10, drifting = 3 },
  { "two speeds", "none", 0, marked = 7, drifting = 3 },
  { "AR 0.5", "none", 0, marked = 9, drifting = 4 },
  { "AR 0.7", "none", 0, marked = 15, drifting = 7 },
  { "normal", "step", 6, right = 90, drifting = 2 },
  { "long tails", "step", 6, right = 90, drifting = 2 },
  { "outliers", "step", 6, right = 60, drifting = 5 },
  { "AR 0.5", "step", 6, right = 75, drifting = 4 },
  { "normal", "back", 6, right = 70, drifting = 2 },
  { "normal", "drift", 10, marked = 5, told = 90 },
  { "normal", "drift", 30, marked = 2, told = 97 },
}

local function label_of(kind, length, number)
  return ("%s %s %d, %d: %d"):format(kind[1], kind[2], kind[3], length, number)
end

-- One history as rows of the summaries of the first runs.
local function add_history(rows, kind, length, number)
  for i, logarithm in ipairs(histories.draw(kind[1], kind[2], kind[3], length, DEVIATION)) do
    rows[#rows + 1] = { run = FIRST_RUN - 1 + i, backend = 1, call = "chat", label = label_of(kind, length, number),
      metric = "ttft", unit = "ms", n = 40, p50 = math.exp(logarithm) }
  end
end

local function sql_of_all()
  local list, rows = {}, {}
  for i = 1, LENGTHS[#LENGTHS] do
    list[i] = store.sql { id = FIRST_RUN - 1 + i, machine = "machine1", at = 86400 * i, requests = {},
      backends = { { name = "a", kind = "vllm", address = "vllm://h:8000", raw = {}, simulated = 0, here = 0 } } }
  end
  for _, kind in ipairs(kinds) do
    for _, length in ipairs(LENGTHS) do
      for number = 1, each do
        add_history(rows, kind, length, number)
      end
    end
  end
  list[#list + 1] = store.summaries(rows)
  return list
end

-- label -> { marks = list of places, is_drift }
local function found_of(text)
  local found = {}
  for line in text:gmatch "[^\n]+" do
    local row = cjson.decode(line)
    local one = found[row.label] or { marks = {} }
    one.is_drift = row.drift ~= cjson.null
    if row.changed == 1 then
      table.insert(one.marks, row.run - FIRST_RUN + 1)
    end
    found[row.label] = one
  end
  return found
end

local function is_right(marks, kind, length)
  local places = histories.places(kind[2], length)
  for i, place in ipairs(places) do
    if not marks[i] or math.abs(marks[i] - place) > 1 then
      return false
    end
  end
  return #marks == #places
end

local function count(found, kind)
  local counts = { all = each * #LENGTHS, marked = 0, right = 0, drifting = 0 }
  for _, length in ipairs(LENGTHS) do
    for number = 1, each do
      local one = found[label_of(kind, length, number)]
      counts.marked = counts.marked + (#one.marks > 0 and 1 or 0)
      counts.right = counts.right + (is_right(one.marks, kind, length) and 1 or 0)
      counts.drifting = counts.drifting + (one.is_drift and 1 or 0)
    end
  end
  return counts
end

-- percent: nil where nothing is promised.
local function check(counts, what, percent, is_least)
  if not percent then
    return
  end
  local found, all = counts[what], counts.all
  outside.check(is_least and found >= outside.least_of(all, percent)
    or not is_least and found <= outside.most_of(all, percent), "%s: %d of %d are %s, %s %d %% should be", counts.name,
    found, all, what, is_least and "at least" or "at most", percent)
end

local folder = outside.folder()

local function run(words)
  return outside.output(("cd '%s' && HOME=. '%s' %s --db drawn.db 2>err"):format(folder, bench, words))
end

store.make(folder, run)
store.write(folder .. "/drawn.db", sql_of_all())
local text, code = run "trend drawn --metric ttft --format jsonl"
assert(code == 0, outside.read(folder .. "/err"))
local found = found_of(text)
for _, kind in ipairs(kinds) do
  local counts = count(found, kind)
  counts.name = ("%s, %s of %d"):format(kind[1], kind[2], kind[3])
  print(("%-22s of %d histories %3d have a mark, %3d the right ones alone, %3d are called a drift"):format(counts.name,
    counts.all, counts.marked, counts.right, counts.drifting))
  check(counts, "marked", kind.marked)
  check(counts, "right", kind.right, true)
  check(counts, "drifting", kind.drifting or kind.told, kind.told ~= nil)
end
outside.finish_oracle(folder)
