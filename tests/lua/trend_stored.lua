-- luacheck: globals it same
-- A metric over the runs of a scenario: which runs and requests count, and what is known to differ at a new level.
local ask = require "report.ask"
local json = require "bench.json"
local lists = require "bench.lists"
local series = require "trend.series"
local store = require "core.store"

local MS = 1000000

-- at: the day in November on which it began; loads: number -> label.
local function keep_run(scenario, at, label, requests, loads)
  local began = ("2026-11-%02dT09:00:00.000Z"):format(at)
  store.write("run_imported", ("%s %d"):format(scenario, at), scenario, label, "{}", "1.0", at, began)
  local run = store.last_id()
  store.write("backend", run, 1, "a", "openai")
  store.write("backend", run, 2, "b", "openai")
  for number, load in ipairs(loads or {}) do
    store.write("phase", run, number, load, "measure", "closed(1)")
  end
  for seq, request in ipairs(requests) do
    request.seq, request.streamed = seq, request.streamed or 1
    if request.outcome ~= "dropped" then
      request.backend, request.call = request.backend or 1, request.call or "chat"
    end
    store.write("request_imported", run, json.encode(request), began)
  end
  store.summarise(run)
  return run
end

local function answer(request)
  request.outcome, request.t_start, request.t_first_token = "ok", 0, (request.ttft or 100) * MS
  request.t_first_content = request.t_first_content or request.t_first_token
  request.t_last_token = (request.ttft or 100) * MS + (request.output_tokens or 1) * MS
  request.t_end = request.t_last_token
  request.ttft = nil
  return request
end

it("counts whom a load turned away as its error, and nobody who left or was cut off", function()
  keep_run("turned away", 1, nil, {
    { phase = 1, outcome = "dropped" }, { phase = 1, outcome = "failed" }, answer { phase = 1 }, answer { phase = 1 },
    { phase = 1, outcome = "cancelled" }, { phase = 1, outcome = "incomplete" },
    { phase = 1, phase_kind = "warm-up", outcome = "failed" },
    { phase = 2, outcome = "failed" }, answer { phase = 2 }, answer { phase = 2 }, answer { phase = 2 },
  }, { "first", "second" })
  local points = lists.map(series.read("turned away", "errors", nil, {}), function(one) return one.points[1] end)
  same({ { 2, 4, 50.0 }, { 1, 4, 25.0 } },
    lists.map(points, function(point) return { point.hits, point.n, point.value } end))
end)

it("looks at the runs of a backend, of a label and from a day on, in the order in which they began", function()
  local of_a, of_b = { answer {} }, { answer { backend = 2 } }
  local third, first, second = keep_run("chosen", 3, "x", of_a), keep_run("chosen", 1, "y", of_a),
    keep_run("chosen", 2, "x", of_b)
  local function runs(metric, filters)
    local found = {}
    for _, one in ipairs(series.read("chosen", metric, nil, filters)) do
      table.move(lists.column(one.points, "run"), 1, #one.points, #found + 1, found)
    end
    return found
  end
  for _, metric in ipairs { "ttft", "errors" } do
    same({ first, third, second }, runs(metric, {})) -- a's, then b's
    same({ second }, runs(metric, { backend = "b" }))
    same({ second, third }, runs(metric, { label = "x" }))
    same({ second, third }, runs(metric, { since = "2026-11-02T09:00:00.000Z" }))
  end
end)

it("has each statistic that a summary has", function()
  keep_run("statistics", 1, nil, { answer { ttft = 100 }, answer { ttft = 110 }, answer { ttft = 150 } })
  local expected = { mean = "120.00", min = "100.00", p50 = "110.00", p90 = "142.00", p95 = "146.00", p99 = "149.20",
    max = "150.00", stddev = "26.46" }
  for statistic, value in pairs(expected) do
    same(value, ("%.2f"):format(series.read("statistics", "ttft", statistic, {})[1].points[1].value))
  end
end)

it("names the load by its label, or by how its requests came", function()
  local run = keep_run("loads", 1, nil, { answer { phase = 1 }, answer { phase = 2 } }, { "first" })
  store.write("phase", run, 2, nil, "measure", "closed(2)")
  for _, metric in ipairs { "ttft", "errors" } do
    same({ "first", "closed(2)" }, lists.column(series.read("loads", metric, nil, {}), "phase"))
  end
end)

it("knows of a new level how long its answers are, by the measured ones of its own load", function()
  for day = 1, 12 do
    local tokens = day <= 6 and 10 or 30
    keep_run("longer", day, nil, {
      answer { phase = 1, output_tokens = tokens, token_source = "usage", ttft = day },
      answer { phase = 1, phase_kind = "warm-up", output_tokens = 500 },
      answer { phase = 2, output_tokens = 500, token_source = "usage" },
      answer { phase = 1, label = "other", output_tokens = 500, token_source = "usage" },
      answer { phase = 1, backend = 2, output_tokens = 500, token_source = "usage" },
      { phase = 1, outcome = "failed", output_tokens = 500 },
    }, { "first", "second" })
  end
  local found = series.read("longer", "e2e", nil, { backend = "a" })[1].points[7].change
  same({ { name = "output tokens", base = "10", new = "30" } }, found.facts)
  same("2.926", ("%.3f"):format(found.ratio)) -- medians: of 11 .. 16, and of 37 .. 42
end)

it("holds each level against the one before it", function()
  for day = 1, 18 do
    keep_run("levels", day, nil, { answer { ttft = ({ 100, 400, 200 })[(day + 5) // 6] + day % 3 } })
  end
  local ratios = {}
  for at, point in ipairs(series.read("levels", "ttft", nil, {})[1].points) do
    ratios[#ratios + 1] = point.change and ("%d %.3f"):format(at, point.change.ratio)
  end
  same({ "7 3.970", "13 0.501" }, ratios) -- medians of 101, 401 and 201
end)

it("tells what was answered: who counted, what was cached, what was thought, what came at once", function()
  local run = keep_run("work", 1, nil, {
    answer { output_tokens = 10, token_source = "usage", prompt_tokens = 100, cached_tokens = 25, events = 10 },
    answer { output_tokens = 20, token_source = "tokenizer", prompt_tokens = 60, events = 20 },
    answer { output_tokens = 30, token_source = "events", cached_tokens = 7, events = 1, reasoning_tokens = 2 },
    answer { output_tokens = 40, token_source = "events", events = 40, t_first_content = 120 * MS, answer_chars = 9 },
    answer { label = "quick", output_tokens = 9, events = 1 },
    answer { label = "quick", output_tokens = 9, events = 1 },
    answer { label = "quick", output_tokens = 9, events = 9 },
    answer { label = "whole", streamed = 0 },
    answer { label = "thought", reasoning_tokens = 0 }, answer { label = "thought" }, answer { label = "thought" },
    answer { label = "beside", prompt_tokens = 90, cached_tokens = 9 },
    answer { label = "beside", prompt_tokens = 10, cached_tokens = 90 },
  })
  store.write("timeline", run, 10, "[1,2]", nil, "[1,1]", nil, nil, nil)
  store.write("timeline", run, 11, "[1,2]", nil, "[0,2]", nil, nil, nil)
  local function work(label)
    return ask.row("trend/work", run, "a", "chat", label, nil)
  end
  local found = work(nil)
  same({ 1, 1, 2 }, { found.usage, found.tokenizer, found.events })
  same({ 25.0, 80.0, 9.0 }, { found.tokens_median, found.prompt_tokens, found.chars_median })
  same({ 0.25, 0.5, 0 }, { found.cached, found.thought, found.held_back })
  same({ 1, 0.0 }, { work("quick").held_back, work("quick").thought })
  same({ nil, nil, nil }, { work("whole").held_back, work("whole").cached, work("beside").cached })
  same("0.333", ("%.3f"):format(work("thought").thought))
end)
