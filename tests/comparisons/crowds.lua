-- What one pair of sides does not show: several backends, labels and loads at once, a machine that gets hot, a queue,
-- tokens that come in bursts. Of each kind many are drawn from a seed, and the shares of what bench compare says are
-- held against what is promised: lua5.4 tests/comparisons/crowds.lua BENCH SEED [EACH]
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. here .. "/../?.lua;" .. package.path
local cjson = require "cjson"
local outside = require "outside"
local store = require "store"

local bench, seed, each = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3] or 40)
assert(bench and seed, "usage: crowds.lua BENCH SEED [EACH]")
math.randomseed(seed)

local MS = 1000000

local function normal()
  return math.sqrt(-2 * math.log(1 - math.random())) * math.cos(2 * math.pi * math.random())
end

local function chance(share)
  return math.random() < share
end

-- A request of 16 tokens; one: { backend, label, phase, round, ratio (to the usual), burst (tokens accepted at once) }.
local function row_of(seq, one)
  local start = seq * 1000 * MS
  local late = one.ratio * math.exp(0.05 * normal() + (chance(0.1) and 0.2 or 0))
  local first = start + math.floor(100 * MS * late)
  local pace = one.ratio * math.exp(0.05 * normal()) / (one.burst or 1)
  local last = first + math.floor(15 * 20 * MS * pace)
  return { seq = seq, backend = one.backend or 1, phase = one.phase, phase_kind = "measure", call = "chat",
    label = one.label, round = one.round, prompt = "p", t_start = start, t_sent = start + 1000,
    t_headers = start + 2000, t_first_event = first, t_first_token = first, t_first_content = first,
    t_last_token = last, t_end = last, outcome = "ok", finish_reason = "length", flags = "", streamed = 1,
    cold_start = 0, events = 16, prompt_tokens = 20, evaluated_tokens = 20, cached_tokens = 0, output_tokens = 16,
    token_source = "usage", answer_chars = 64 }
end

local function backends(count)
  local list = {}
  for i = 1, count do
    list[i] = { name = ("b%d"):format(i), kind = "vllm", address = ("vllm://h%d:8000"):format(i), raw = {},
      simulated = 0, here = 0 }
  end
  return list
end

-- The rows of one run: of(i) gives the requests of its i-th turn.
local function rows_of(turns, of)
  local rows = {}
  for i = 1, turns do
    for _, one in ipairs(of(i)) do
      rows[#rows + 1] = row_of(#rows + 1, one)
    end
  end
  return rows
end

-- How hot a machine is that gets 30 % slower and then stays so.
local function heat(share)
  return 1 + 0.3 * math.min(1, 1.5 * share)
end

local kinds = {}

-- Three backends, two labels: six questions about one metric.
kinds["three backends, two labels"] = { called = 5, draw = function()
  local function turn()
    local list = {}
    for backend = 1, 3 do
      list[#list + 1] = { backend = backend, label = "short", ratio = 1 }
      list[#list + 1] = { backend = backend, label = "long", ratio = 1 }
    end
    return list
  end
  return { { backends = 3, rows = rows_of(12, turn) }, { backends = 3, rows = rows_of(12, turn) } }
end }

-- One label is half as slow again, the other is what it was.
kinds["one label of two"] = { called = 5, slower = { "long", 95 }, draw = function()
  local function run(long)
    return rows_of(12, function()
      return { { label = "short", ratio = 1 }, { label = "long", ratio = long } }
    end)
  end
  return { { backends = 1, rows = run(1) }, { backends = 1, rows = run(1.5) } }
end }

-- Loads are found by their name, in whatever order they were made.
kinds["one load of two"] = { called = 5, slower = { "high", 95 }, draw = function()
  local function run(names, high)
    local rows = rows_of(60, function(i)
      local phase = i <= 30 and 1 or 2
      return { { phase = phase, ratio = names[phase] == "high" and high or 1 } }
    end)
    return { backends = 1, rows = rows, phases = names }
  end
  return { run({ "low", "high" }, 1), run({ "high", "low" }, 1.5) }
end }

-- Both sides get hot together, in turn: neither is slower.
kinds["a hot machine, in turn"] = { called = 5, draw = function()
  local rows = rows_of(20, function(i)
    local a = { backend = 1, round = i, ratio = heat(i / 20) }
    local b = { backend = 2, round = i, ratio = heat(i / 20) }
    return i % 2 == 0 and { a, b } or { b, a }
  end)
  return { { backends = 2, rows = rows } }
end }

-- One run begins as hot as the other one ended.
kinds["a hot machine, run after run"] = { called = 5, draw = function()
  local function run(from)
    return { backends = 1, rows = rows_of(30, function(i)
      return { { ratio = heat((from + i) / 60) } }
    end) }
  end
  return { run(0), run(30) }
end }

-- In turn, and only one of both gets hot: that one is slower.
kinds["one gets hot, in turn"] = { slower = { nil, 95 }, draw = function()
  local rows = rows_of(20, function(i)
    return { { backend = 1, round = i, ratio = 1 }, { backend = 2, round = i, ratio = heat(i / 20) } }
  end)
  return { { backends = 2, rows = rows } }
end }

-- Speculative decoding: as fast as many of the drafted tokens are accepted, from answer to answer another number.
kinds["bursty tokens"] = { called = 5, metric = "tpot", draw = function()
  local function run()
    return { backends = 1, rows = rows_of(40, function()
      return { { ratio = 1, burst = math.random(1, 4) } }
    end) }
  end
  return { run(), run() }
end }

-- A server that is nearly full: who waits long has neighbours that do, too (Lindley's recursion).
kinds["a queue"] = { called = 5, draw = function()
  local function run()
    local wait = 0
    return { backends = 1, rows = rows_of(200, function()
      local ratio = 1 + wait
      wait = math.max(0, wait + 1 + math.log(1 - math.random()) / 0.85)
      return { { ratio = ratio } }
    end) }
  end
  return { run(), run() }
end }

local names = {}
for name in pairs(kinds) do
  names[#names + 1] = name
end
table.sort(names)

local folder = outside.folder()

local function run(words)
  return outside.output(("cd '%s' && HOME=. '%s' %s --db drawn.db 2>err"):format(folder, bench, words))
end

-- Adds the runs of a comparison to a list of SQL -> the words of the comparison.
local function store_runs(sql, runs)
  local numbers = {}
  for i, one in ipairs(runs) do
    numbers[i] = 1001 + #sql
    sql[#sql + 1] = store.sql { id = numbers[i], machine = "machine1", at = 1000 * #sql, requests = one.rows,
      backends = backends(one.backends), phases = one.phases }
  end
  return table.concat(numbers, " ")
end

-- Whether any line of the metric is called, of groups that are (or are not) of this name.
local function is_called(document, metric, name, is_of, verdict)
  for _, pair in ipairs(document.pairs) do
    for _, group in ipairs(pair.groups) do
      local is_this = name == nil or group.label == name
        or type(group.phase) == "string" and group.phase:find(name, 1, true) ~= nil
      for _, line in ipairs(is_this == is_of and group.lines or {}) do
        if line.metric == metric and line.statistic == "p50" and verdict[line.verdict] then
          return true
        end
      end
    end
  end
  return false
end

local either, slow = { faster = true, slower = true }, { slower = true }

local function check(name, what, found, bound, is_least)
  print(("%-30s %3d of %d %s"):format(name, found, each, what))
  outside.check(is_least and found >= outside.least_of(each, bound)
    or not is_least and found <= outside.most_of(each, bound), "%s: %d of %d %s, %s %d %% should be", name, found, each,
    what, is_least and "at least" or "at most", bound)
end

store.make(folder, run)
local sql, words = {}, {}
for _, name in ipairs(names) do
  words[name] = {}
  for i = 1, each do
    words[name][i] = store_runs(sql, kinds[name].draw())
  end
end
store.write(folder .. "/drawn.db", sql)
for _, name in ipairs(names) do
  local kind, called, slower = kinds[name], 0, 0
  local target = kind.slower and kind.slower[1]
  for i = 1, each do
    local text, code = run("compare " .. words[name][i] .. " --json")
    assert(code == 0, outside.read(folder .. "/err"))
    local document = cjson.decode(text)
    called = called + (is_called(document, kind.metric or "ttft", target, target == nil, either) and 1 or 0)
    slower = slower + (kind.slower and is_called(document, "ttft", target, true, slow) and 1 or 0)
  end
  if kind.called then
    check(name, "are called apart where nothing is", called, kind.called)
  end
  if kind.slower then
    check(name, "are slower, as they are", slower, kind.slower[2], true)
  end
end
outside.finish_oracle(folder)
