-- What the requests of a run come to, counted in one reading: lists of rows.
local ask = require "report.ask"
local cached = require "report.cached"
local lists = require "bench.lists"
local stream = require "report.stream"

local tallies = {}

local function most(rows, column)
  local found = rows:quantiles(column, { 1 })
  return found and math.tointeger(found[1])
end

-- How many of each group of the measured ones ended how, in the order of the first ones.
local function counts_of(measured)
  local list = {}
  for i, rows in ipairs(measured:groups("backend", "call", "label", "phase", "outcome", "error_kind")) do
    list[i] = { backend = rows:first "backend", call = rows:first "call", label = rows:first "label",
      phase = rows:first "phase", outcome = rows:first "outcome", error_kind = rows:first "error_kind",
      n = rows:count() }
  end
  return list
end

-- Why the texts ended, the commonest reason of a backend first.
local function finishes_of(measured)
  local texts, list = measured:where("outcome", "ok"):without("call", "embed"):without("call", "http"), {}
  for i, rows in ipairs(texts:groups("backend", "finish_reason")) do
    list[i] = { backend = rows:first "backend", finish_reason = rows:first "finish_reason", n = rows:count() }
  end
  return lists.sort(list, function(a, b) return a.backend < b.backend or a.backend == b.backend and a.n > b.n end)
end

-- All of them are round 0: one that asks what a round asks is one of as many as fill it.
local function warm_ups_of(rows)
  local warm, once = rows:where("round", 0):count(), rows:where("round", 1):count()
  return once > 0 and warm % once == 0 and warm // once or math.min(warm, 1)
end

local function rounds_of(requests)
  local list = {}
  for i, rows in ipairs(requests:groups "backend") do
    list[i] = { backend = rows:first "backend", rounds = most(rows, "round"), warm_ups = warm_ups_of(rows) }
  end
  return list
end

-- As each backend counted its prompts, in the order in which they were asked.
local function prompt_tokens_of(requests)
  local list = {}
  for i, rows in ipairs(requests:where("outcome", "ok"):where("prompt"):groups("backend", "prompt")) do
    list[i] = { backend = rows:first "backend", prompt = rows:first "prompt", tokens = most(rows, "prompt_tokens") }
  end
  return list
end

-- Backend -> whether the tokens of its answers were held back, where that is known.
local function held_back_of(measured)
  local by_backend = {}
  for _, rows in ipairs(measured:where("outcome", "ok"):without("cold_start", 1):groups "backend") do
    by_backend[rows:first "backend"] = stream.is_held_back(rows)
  end
  return by_backend
end

-- Backend -> how much of its prompts it had in its cache, where that is known.
local function cached_of(measured)
  local by_backend = {}
  for _, rows in ipairs(measured:where("backend"):groups "backend") do
    by_backend[rows:first "backend"] = cached.share(rows)
  end
  return by_backend
end

-- In the order in which the run first asked under them, if for a warm-up.
local function labels_of(requests)
  local list = {}
  for i, rows in ipairs(requests:where("label"):groups "label") do
    list[i] = rows:first "label"
  end
  return list
end

-- -> counts, finishes, rounds, labels, prompt_tokens, held_back, cached, and total { requests, events }.
function tallies.of(run)
  local requests = ask.columns("report/requests", run):sorted "seq"
  local measured = requests:where("phase_kind", "measure")
  return { counts = counts_of(measured), finishes = finishes_of(measured), rounds = rounds_of(requests),
    labels = labels_of(requests), prompt_tokens = prompt_tokens_of(requests), held_back = held_back_of(measured),
    cached = cached_of(measured), total = { requests = requests:count(), events = requests:sum "token_events" } }
end

return tallies
