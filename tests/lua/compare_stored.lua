-- luacheck: globals it same
-- What bench compare makes of requests: totals and blocks.
local advice = require "compare.advice"
local ask = require "report.ask"
local clocks = require "compare.clocks"
local export = require "compare.export"
local fields = require "compare.fields"
local floor = require "compare.floor"
local json = require "bench.json"
local lines = require "compare.lines"
local loads = require "report.loads"
local own = require "compare.own"
local prompts = require "compare.prompts"
local reduce = require "compare.reduce"
local store = require "core.store"
local stream = require "report.stream"

local columns = { "call", "label", "phase", "round", "prompt", "cache", "seq", "start_ms", "outcome", "cold_start",
  "finish_reason", "token_source", "output_tokens", "prompt_tokens", "cached_tokens", "cache_beside",
  "reasoning_tokens", "chars", "flags", "held_back", "thought", "before", "gap", "long" }
table.move(reduce.metrics, 1, #reduce.metrics, #columns + 1, columns)

-- A list of rows as requests.sql gives them.
local function requests(list)
  local places = {}
  for i, name in ipairs(columns) do
    places[i] = ("json_extract(value, '$.%s') AS %s"):format(name, name)
  end
  for _, row in ipairs(list) do
    row.call, row.outcome, row.start_ms = row.call or "chat", row.outcome or "ok", row.seq
  end
  local sql = ("SELECT %s FROM json_each(?1)"):format(table.concat(places, ", "))
  return store.columns(sql, json.encode(json.array(list)))
end

local function reduced(by, rows, dropped)
  return reduce.group(requests(rows), by, dropped or {})
end

it("makes a block of each round, out of what went well and was warm", function()
  local group = reduced("label", {
    { seq = 1, round = 1, ttft = 10, output_tokens = 4, token_source = "usage", finish_reason = "stop" },
    { seq = 2, round = 1, ttft = 30, output_tokens = 6, token_source = "usage", finish_reason = "stop" },
    { seq = 3, round = 2, outcome = "failed", ttft = 1 },
    { seq = 4, round = 2, ttft = 900, cold_start = 1, finish_reason = "length" },
    { seq = 5, round = 2, ttft = 50, output_tokens = 8, token_source = "events" },
    { seq = 6, round = 3, outcome = "cancelled", ttft = 5 },
  })
  same(true, group.in_rounds)
  same({ 2, 20.0, 50.0 }, { #group.blocks, group.blocks[1].ttft, group.blocks[2].ttft })
  same({ 3, 1 }, { group.blocks[2].judged, group.blocks[2].errors })
  local totals = group.work
  same({ 5, 4, 1, 1 }, { totals.finished, totals.ok, totals.failed, totals.cancelled })
  same({ 1, 3 }, { totals.cold, totals.counted })
  same({ 2, 1, 3, 30.0 }, { totals.usage, totals.events, totals.ttft_n, totals.ttft })
  same({ 4.0, 6.0, 8.0 }, { totals.tokens_min, totals.tokens_median, totals.tokens_max })
  same({ { reason = "stop", n = 2 }, { reason = "length", n = 1 }, { reason = "not said", n = 1 } }, group.finishes)
  same({ needed = 368 }, group.tails.ttft.p99)
end)

it("counts who left and who was cut off as unfinished", function()
  local rows = { { seq = 1, round = 1 }, { seq = 2, round = 1, outcome = "cancelled" },
    { seq = 3, round = 1, outcome = "incomplete" }, { seq = 4, round = 2 }, { seq = 5, round = 2, outcome = "failed" },
    { seq = 6, round = 2, outcome = "incomplete" }, { seq = 7, round = 2 } }
  same({ hits = 3, count = 7, blocks = { 2 / 3, 1 / 4 } }, reduced("label", rows).unfinished)
end)

it("counts an arrival that was turned away as an error of the block in whose time it came", function()
  local group = reduced("label", {
    { seq = 1, round = 1, ttft = 10 },
    { seq = 4, round = 2, ttft = 20 },
    { seq = 5, round = 2, outcome = "incomplete" },
  }, { 2, 3, 6 })
  same({ 3, 2, 2, 1 }, { group.blocks[1].judged, group.blocks[1].errors, group.blocks[2].judged,
    group.blocks[2].errors })
end)

it("cuts requests outside rounds into blocks of equal size", function()
  local rows = {}
  for i = 1, 100 do
    rows[i] = { seq = i, ttft = i * 37 % 101 } -- each of 1 .. 100 once, in no order
  end
  local group = reduced("label", rows)
  same({ false, 30 }, { group.in_rounds, #group.blocks })
  local least, most = math.huge, 0
  for _, block in ipairs(group.blocks) do
    least, most = math.min(least, block.judged), math.max(most, block.judged)
  end
  same({ 3, 4, 37.0 }, { least, most, group.blocks[1].ttft })
  -- the 90th and the 100th, by the binomial distribution
  same({ 90.0, 95.05, 100.0 }, { group.tails.ttft.p95.low, group.tails.ttft.p95.value, group.tails.ttft.p95.high })
  same(7, #reduced("label", table.move(rows, 1, 7, 1, {})).blocks)
end)

it("has no interval of a percentile where its values stand in few of the blocks", function()
  local rows = {}
  for i = 1, 400 do
    rows[i] = { seq = i, round = (i - 1) // 20, ttft = i > 380 and i or 1 } -- the late ones in the last round
  end
  local tails = reduced("label", rows).tails.ttft
  same({ nil, nil }, { tails.p95.value, tails.p99.value })
  same(true, tails.p95.needed > 400)
  for i, row in ipairs(rows) do
    row.ttft = i % 20 == 0 and i or 1 -- one in each
  end
  tails = reduced("label", rows).tails.ttft
  same({ true, true }, { tails.p95.low <= tails.p95.value, tails.p95.value <= tails.p95.high })
end)

it("has the percentiles of times, and the characters of texts", function()
  local times = { "e2e", "e2e_sched", "tpot", "ttft", "ttft_sched" }
  for _, call in ipairs { "chat", "complete", "embed" } do
    local rows = {}
    for i = 1, 40 do
      rows[i] = { seq = i, call = call }
      for _, metric in ipairs(reduce.metrics) do
        rows[i][metric] = i
      end
    end
    local group, found = reduced("label", rows), {}
    for metric in pairs(group.tails) do
      found[#found + 1] = metric
    end
    table.sort(found)
    same(times, found)
    same(call ~= "embed" and 20.5 or nil, group.work.chars_per_s)
    same({ 20.5, 20.5 }, { group.work.server_decode_tps, group.work.tokens_per_s })
  end
end)

it("pairs by prompt", function()
  local group = reduced("prompt", { { seq = 1, prompt = "a", ttft = 1 }, { seq = 2, prompt = "b", ttft = 5 },
    { seq = 3, prompt = "a", ttft = 3 }, { seq = 4, ttft = 100 } })
  same({ 2, "a", 2.0, "b", 5.0 }, { #group.blocks, group.blocks[1].block, group.blocks[1].ttft, group.blocks[2].block,
    group.blocks[2].ttft })
end)

it("has the share of the prompts that came out of a cache where that is in them", function()
  local rows = { { seq = 1, prompt_tokens = 100, cached_tokens = 40, cache_beside = 0 }, { seq = 2, prompt_tokens = 9 },
    { seq = 3, cached_tokens = 9 }, { seq = 4, prompt_tokens = 60, cached_tokens = 40, cache_beside = 0 },
    { seq = 5, prompt_tokens = 9, cached_tokens = 9, cache_beside = 0, cold_start = 1 } }
  same(0.5, reduced("label", rows).work.cached)
  rows[6] = { seq = 6, prompt_tokens = 10, cached_tokens = 90, cache_beside = 1 }
  same(nil, reduced("label", rows).work.cached)
end)

it("counts as prompts what both answered", function()
  local base = requests { { seq = 1, prompt = "a", prompt_tokens = 7 }, { seq = 2, prompt = "b" },
    { seq = 3, prompt = "a", prompt_tokens = 9 }, { seq = 4, prompt = "c", outcome = "failed" } }
  local new = requests { { seq = 1, prompt = "c" }, { seq = 2, prompt = "a", prompt_tokens = 8 } }
  local list, apart = prompts.shared(base, new)
  same({ { base = 9, new = 8, base_seq = 1, new_seq = 2 } }, list)
  same({ base = 2, new = 2, both = 1 }, apart)
end)

it("holds tokens of what was asked past a cache against those of its like", function()
  local base = requests { { seq = 1, prompt = "a", cache = "as-is", prompt_tokens = 7 } }
  local both = requests { { seq = 1, prompt = "a", cache = "bypass", prompt_tokens = 9 },
    { seq = 2, prompt = "a", cache = "as-is", prompt_tokens = 7 } }
  local past = requests { { seq = 1, prompt = "a", cache = "bypass", prompt_tokens = 9 } }
  same({ { base = 7, new = 7, base_seq = 1, new_seq = 1 } }, (prompts.shared(base, both)))
  same({ { base = 9, new = 9, base_seq = 1, new_seq = 1 } }, (prompts.shared(both, past)))
  same({ { base = 7, new = 9, base_seq = 1, new_seq = 1, nonce = true } }, (prompts.shared(base, past)))
end)

it("knows a side whose tokens were held back in most answers", function()
  local function is_held_back(...)
    local rows = {}
    for i = 1, select("#", ...) do
      rows[i] = { seq = i, ttft = 1, held_back = (select(i, ...)) }
    end
    return stream.is_held_back(requests(rows))
  end
  same({ true, true, false, false }, { is_held_back(1), is_held_back(1, 0, 1), is_held_back(1, 0), is_held_back(0) })
  same({ true, nil }, { is_held_back(1, nil, nil), is_held_back(nil) })
end)

it("holds the server's clock against ours where it has one", function()
  local side = { run = 1, backend = "b" }
  local silent = { { seq = 1, ttft = 100, flags = "" } }
  same(nil, clocks.of(side, requests(silent)))
  local rows = {}
  for i = 1, 4 do
    rows[i] = { seq = i, ttft = 100, before = 40, gap = 60, long = 1, decode_tps = 50, server_decode_tps = 100,
      flags = i < 3 and "burst,late" or "cached", cached_tokens = 5 }
  end
  local found = clocks.of(side, requests(rows))
  same({ 100.0, 40.0, 60.0, 50.0, 100.0 }, { found.ttft_ms, found.server_ms, found.gap_ms, found.decode_tps,
    found.server_decode_tps })
  same(true, found.warnings[1]:find("a proxy that buffers (events came together); its cache", 1, true) ~= nil)
  same("60 of 100 ms until the first token", found.warnings[1]:match "^.- first token")
  for _, row in ipairs(rows) do
    row.prompt_tokens, row.flags = 100, "cached"
  end
  found = clocks.of(side, requests(rows))
  same("Likely: a proxy, a queue that it does not count, or tokens that are held back",
    found.warnings[1]:match "Likely.*")
end)

it("doubts a server's clock where more was before the first token than there was, or its decoding differs", function()
  local rows = {}
  for i = 1, 4 do
    rows[i] = { seq = i, ttft = 100, before = 140, gap = -40, long = 1, decode_tps = 50, server_decode_tps = 100,
      flags = "", reasoning_tokens = i }
  end
  local warnings = clocks.of({ run = 1, backend = "b" }, requests(rows)).warnings
  same("its clock counts 140 ms before the first token, ours came after 100 ms", warnings[1]:match "^[^:]+")
  same("Likely: reasoning that is not sent", warnings[2]:match "Likely.*")
  for _, row in ipairs(rows) do
    row.gap, row.reasoning_tokens = -20, 0
  end
  warnings = clocks.of({ run = 1, backend = "b" }, requests(rows)).warnings
  same({ 1, "Likely: a proxy, a slow reader, tokens that are not sent" }, { #warnings, warnings[1]:match "Likely.*" })
  for _, row in ipairs(rows) do
    row.decode_tps = 95
  end
  same(0, #clocks.of({ run = 1, backend = "b" }, requests(rows)).warnings)
end)

-- The lines of two groups, by metric and statistic: "tpot p95".
local function lines_of(base, new, context)
  context.margin, context.base_started, context.new_started = context.margin or 0.05, 1, 2
  local noise = context.floor or 0.01
  context.floor = function() return noise end
  base.dropped, new.dropped = 0, 0
  local by_name = {}
  for _, line in ipairs(lines.of(context, base, new)) do
    by_name[line.metric .. " " .. line.statistic] = line
  end
  return by_name
end

-- 10 rounds of 20 answers, slower by `factor`; of the rounds some are slower by up to 1 %, in an order of
-- theirs. Of each round so many failed.
local function rounds(factor, order, failed)
  local rows = {}
  for i = 0, 199 do
    local slow = factor * (1 + i * 7 % 20 / 100) * (1 + i // 20 * order % 10 / 900)
    rows[i + 1] = { seq = i, round = i // 20 + 1, ttft = 100 * slow, tpot = 10 * slow, e2e = 300 * slow,
      decode_tps = 100 / slow, tokens_per_s = 70 / slow,
      outcome = i % 20 < (failed or 0) and "failed" or "ok" }
  end
  return reduced("label", rows)
end

it("holds a time against the client's error, and a pace by the time of its whole stream", function()
  local asked = {}
  local function of(metric, a, b)
    asked[metric.name] = asked[metric.name] or { a, b } -- of the medians: the percentiles come behind
    return 0.01
  end
  local base, new = rounds(1, 3), rounds(2, 3)
  base.dropped, new.dropped = 0, 0
  lines.of({ margin = 0.05, base_started = 1, new_started = 2, floor = of }, base, new)
  same({ base.work.ttft, new.work.ttft }, asked.ttft)
  same({ base.work.e2e - base.work.ttft, new.work.e2e - new.work.ttft }, asked.tpot)
  same(asked.tpot, asked.decode_tps)
  same({ base.work.e2e, new.work.e2e }, asked.tokens_per_s)
end)

it("calls no side apart, and none equal, where that hangs on what the other one did not lose", function()
  local function verdict(base, new, margin)
    local found = lines_of(base, new, { margin = margin })
    local line, rate = found["ttft p50"], found["decode_tps p50"]
    same({ line.verdict == "lower" and "higher" or line.verdict, line.reason }, { rate.verdict, rate.reason })
    return line.verdict, line.reason
  end
  local reason = "it hangs on what did not end ok, which may have been the slow part"
  same({ "lower", nil }, { verdict(rounds(1, 3), rounds(0.96, 3)) })
  same({ "cannot tell", reason }, { verdict(rounds(1, 3), rounds(0.96, 3, 8)) })
  same({ "cannot tell", reason }, { verdict(rounds(0.96, 3, 8), rounds(1, 3)) })
  same({ "lower", nil }, { verdict(rounds(1, 3, 8), rounds(0.96, 3, 8)) })
  same({ "lower", nil }, { verdict(rounds(1, 3), rounds(0.5, 3, 8)) })
  same({ "cannot tell", reason }, { verdict(rounds(1, 3), rounds(0.5, 3, 11)) })
  same({ "equal", nil }, { verdict(rounds(1, 3), rounds(1, 3, 1)) })
  same({ "cannot tell", reason }, { verdict(rounds(1, 3), rounds(0.985, 3, 8)) })
end)

it("cuts a script's own values into stretches, and says the same of two runs whichever is the base", function()
  local function keep(uuid, factor)
    store.write("run_imported", uuid, "own", "file", "{}", "1.0", 0, "2026-11-25T09:00:00.000Z")
    local run = store.last_id()
    for i = 1, 70 do
      store.write("metric", run, nil, i, nil, "steps", factor * (100 + i * 7 % 10 + i / 10), "points")
    end
    return run
  end
  local first, second = keep("own first", 1), keep("own second", 1.3)
  local function line(base, new)
    return own.lines({ margin = 0.05, base_started = base, new_started = new, floor = function() return 0.01 end },
      base, new, {})[1]
  end
  local forth, back = line(first, second), line(second, first)
  same({ 70, 70, 30, 30 }, { forth.base_n, forth.new_n, forth.base_blocks, forth.new_blocks })
  same({ "higher", "lower" }, { forth.verdict, back.verdict })
  same(("%.9f %.9f"):format(forth.low, forth.high), ("%.9f %.9f"):format(1 / back.high, 1 / back.low))
  same({ forth.base_drift, forth.new_drift }, { back.new_drift, back.base_drift })
end)

-- A run of these requests, chats of backend "a" that went well; phases: { label, arrivals }.
local function keep_run(uuid, phases, list)
  store.write("run_imported", uuid, "kept", "file", "{}", "1.0", 0, "2026-11-25T09:00:00.000Z")
  local run = store.last_id()
  store.write("backend", run, 1, "a", "openai")
  for number, phase in ipairs(phases) do
    store.write("phase", run, number, phase[1], "measure", phase[2])
  end
  for seq, request in ipairs(list) do
    request.seq, request.backend, request.call, request.outcome = seq, 1, "chat", "ok"
    request.streamed = request.streamed or 1
    store.write("request_imported", run, json.encode(request))
  end
  return run
end

-- A column of what compare reads of a run, request by request; nil is false.
local function read_of(run, column)
  local rows, list = ask.columns("compare/requests", run, "a"):sorted "seq", {}
  for i, row in ipairs(rows:cut(rows:count())) do
    list[i] = row:first(column) or false
  end
  return list
end

it("takes loads of several rounds for one, the first of their name, where their arrivals are the same", function()
  local run = keep_run("several rounds", { { "x", "closed(1)" }, { "x 2", "closed(1)" }, { "x 3", "closed(2)" },
    { "[y]", "closed(1)" }, { "[y] 2", "closed(1)" }, { "xy 2", "closed(1)" }, { "x 2k", "closed(1)" },
    { "x 2k 10", "closed(1)" } },
    { { phase = 1, round = 1 }, { phase = 2, round = 2 }, { phase = 3, round = 3 }, { phase = 4, round = 1 },
      { phase = 5, round = 2 }, { phase = 6, round = 1 }, { phase = 7, round = 1 }, { phase = 8, round = 2 },
      { phase = 2 }, { round = 1 } })
  same({ 1, 1, 3, 4, 4, 6, 7, 7, 2, false }, read_of(run, "phase"))
end)

it("reads of an answer whether it was held back, thought about, long, and what went before it", function()
  local ms = 1000000
  local function answer(request)
    request.t_start, request.t_first_token, request.t_last_token, request.t_end = 0, 100 * ms, 200 * ms, 200 * ms
    return request
  end
  local run = keep_run("answers", {}, {
    answer { output_tokens = 16, events = 1, server_prefill_ns = 70 * ms, answer_chars = 9 },
    answer { output_tokens = 15, events = 9, reasoning_tokens = 1, answer_chars = 9 },
    answer { output_tokens = 15, events = 9, reasoning_tokens = 0, t_first_content = 101 * ms },
    answer { output_tokens = 15, events = 9, t_first_content = 100 * ms }, answer { events = 9 },
    answer { events = 9 }, answer { events = 9, answer_chars = 9 }, answer { streamed = 0, server_prefill_ns = ms },
  })
  store.write("timeline", run, 5, "[1,2]", nil, "[1,1]")
  store.write("timeline", run, 6, "[1,2]", nil, "[2,2]")
  store.write("timeline", run, 7, "[1,2]", nil, "[1,0]")
  same({ 1, 0, 0, 0, 0, 0, 0, false }, read_of(run, "held_back"))
  same({ false, 1, 1, false, 1, false, false, false }, read_of(run, "thought"))
  same({ 1, false, false, false, false, false, false, false }, read_of(run, "long"))
  same({ 70, false, false, false, false, false, false, false }, read_of(run, "before"))
  same({ 30, false, false, false, false, false, false, false }, read_of(run, "gap"))
end)

it("takes a tie for none, whichever way it is worked out", function()
  local function answers(...)
    local rows, times = {}, { ... }
    for i = 0, 99 do
      local tpot = times[i % 10 + 1]
      rows[i + 1] = { seq = i, round = i // 10 + 1, tpot = tpot, decode_tps = tpot and 1000 / tpot,
        outcome = tpot and "ok" or "failed" }
    end
    return reduced("label", rows)
  end
  for slow = 45, 95, 5 do -- what failed of the first may have been as slow as all of the second
    local found = lines_of(answers(40, 40, 40, 40, slow, slow, slow, false, false, false),
      answers(slow, slow, slow, slow, slow, slow, slow, slow, slow, slow), {})
    same({ slow, "cannot tell", "cannot tell" }, { slow, found["tpot p50"].verdict, found["decode_tps p50"].verdict })
  end
end)

it("calls no percentile apart whose interval holds 1, nor keeps to itself why another one is not", function()
  local function tail(factor, spread, noise)
    local function side(times)
      local rows = {}
      for i = 0, 399 do -- 20 rounds
        local round = i // 20 + 1
        rows[i + 1] = { seq = i, round = round, ttft = times * (100 + i * 7 % 20) * (1 + round * 7 % 20 * spread) }
      end
      return reduced("label", rows)
    end
    local line = lines_of(side(1), side(factor), { one_run = true, floor = noise })["ttft p95"]
    return line.verdict, line.low <= 1 and 1 <= line.high, line.reason
  end
  same({ "higher", false, nil }, { tail(1.2, 0.0001) })
  same({ "cannot tell", true, nil }, { tail(1.06, 0.02) })
  same({ "cannot tell", false, "apart, but no further than two measurements of one thing may be" },
    { tail(1.2, 0.015, 0.22) })
end)

it("names the percentiles that too few values have, of some metrics or of all", function()
  local function small(count)
    local rows = {}
    for i = 0, 199 do
      rows[i + 1] = { seq = i, round = i // 20 + 1, ttft = 100 + i % 20, tpot = i % 20 < count and 10 + i % 20 or nil }
    end
    local group = reduced("label", rows)
    group.dropped = 0
    local context = { by = "label", margin = 0.05, floor = function() return 0.01 end, base_started = 1,
      new_started = 2 }
    local words = {}
    for i, one in ipairs(select(3, lines.of(context, group, group))) do
      words[i] = ("%s %s %s"):format(one.statistic, one.needed > 50, table.concat(one.metrics or { "all" }, ","))
    end
    return table.concat(words, "; ")
  end
  same("p99 true all", small(20))
  same("p95 true tpot; p99 true all", small(5))
end)

it("marks of percentiles, too, those that tokens counted in two ways decide", function()
  local found = lines_of(rounds(1, 3), rounds(2, 3), { mixed = true })
  same({ true, nil }, { found["tpot p95"].mixed_tokens, found["ttft p95"].mixed_tokens })
  same({ "higher", "higher" }, { found["tpot p95"].verdict, found["ttft p95"].verdict })
  same({ 10, 10 }, { found["tpot p95"].base_blocks, found["tpot p95"].new_blocks })
end)

it("says of a percentile that cannot be told how many blocks would do", function()
  local found = lines_of(rounds(1, 3), rounds(1.008, 7), { one_run = true, margin = 0.01 })["e2e p95"]
  same("cannot tell", found.verdict)
  same(true, found.needed > 10)
end)

it("names the prompt that is furthest from the middle one, whichever way", function()
  local function furthest(...)
    local base, new = {}, {}
    for i, factor in ipairs { ... } do
      base[i], new[i] = { seq = i, prompt = "p" .. i, ttft = 100 }, { seq = i, prompt = "p" .. i, ttft = 100 * factor }
    end
    local found = lines_of(reduced("prompt", base), reduced("prompt", new), { by = "prompt" })["ttft p50"].furthest
    return found and found.prompt
  end
  same({ "p1", "p3", "p2", false }, { furthest(0.5, 1, 1.2), furthest(0.9, 1, 1.2), furthest(4, 2, 5),
    furthest(1, 1.02, 1.04) or false })
end)

it("sees a drift in rounds, which have an order in time, and none in prompts", function()
  local rows = {}
  for i = 1, 10 do
    rows[i] = { seq = i, round = i, prompt = "p" .. i, ttft = 100 * 1.1 ^ i }
  end
  local function line(by, context)
    return lines_of(reduced(by, rows), reduced(by, rows), context)["ttft p50"]
  end
  local drifting, steady = line("label", {}), line("prompt", { by = "prompt" })
  same({ true, true, "cannot tell" }, { drifting.base_drift > 1, drifting.new_drift > 1, drifting.verdict })
  same({ nil, nil, "equal" }, { steady.base_drift, steady.new_drift, steady.verdict })
  store.write("run_imported", "drifts", "tool", "file", "{}", "1.0", 0, "2026-11-25T09:00:00.000Z", nil, nil)
  local one = { metric = "ttft", statistic = "p50", base_drift = 1.25, new_drift = 0.8 }
  local notes = advice.notes({ by = "label" }, { base_name = "a", new_name = "b", new = { run = store.last_id() } },
    { rounds = true, lines = { one }, length = {}, small = {} }, { ttft = "TTFT" })
  same("drift: TTFT rose 25 % over the rounds of a; TTFT fell 20 % over the rounds of b", notes[1]:match "^[^.]*")
end)

it("exports which prompt is furthest, and what a line is doubted for", function()
  local line = { metric = "ttft", statistic = "p50", better = "lower", verdict = "lower", base_drift = 1.5,
    mixed_tokens = true, furthest = { prompt = "p1", ratio = 2, middle = 1 } }
  local pair = { base = { run = 1, backend = "a" }, new = { run = 1, backend = "b" }, reasons = {}, fields = {},
    clocks = {}, groups = { { call = "chat", work = {}, small = {}, lines = { line } } } }
  local document = json.decode(export.json { base_run = 1, new_run = 1, by = "prompt", margin = 0.05, several = 1,
    runs = { { spoilt = {} } }, floor = { by_metric = {} }, pairs = { pair }, own = {}, only = {} })
  local read = document.pairs[1].groups[1].lines[1]
  same({ "p1", "faster", "better", 1.5, true }, { read.furthest.prompt, read.verdict, read.meaning, read.base_drift,
    read.mixed_tokens })
  same("[]", json.encode(document.pairs[1].reasons))
end)

it("knows one machine by a word, and what its servers were held against themselves", function()
  local here = "this_machine"
  store.write("machine", here, '{"cpu":"EPYC","cores":8,"kernel":"6.1"}')
  store.write("machine", "phone", '{"cpu":"aarch64","device":"Pixel 8","cores":9}')
  local function machine_of(machine)
    local runs = {}
    for i = 1, 2 do
      store.write("run_begin", machine .. i, 0, "s", nil, nil, "{}", nil, i, "1.0", machine, i,
        "2026-11-25T09:00:00.000Z", 1, 1, "boot", 1)
      runs[i] = store.last_id()
    end
    local pair = { base = { run = runs[1], backend = "b", row = {} }, new = { run = runs[2], backend = "b", row = {} } }
    local apart = { base = 0, new = 0, both = 0 }
    for _, one in ipairs(fields.of(pair, { state = "unknown", base = {}, new = {} }, apart)) do
      if one.name == "machine" then
        return one.state, one.base
      end
    end
  end
  same({ "same", "EPYC, 8 cores, 6.1" }, { machine_of(here) })
  same({ "same", "Pixel 8, 9 cores" }, { machine_of "phone" })

  for at, backend in ipairs { "ollama a", "vllm b", "vllm c" } do
    store.write("noise_floor", here, at, backend, "ttft", 20, at / 100)
  end
  local function floor_of(base, new)
    local pair = { base = { row = { kind = base, model = "a" } }, new = { row = { kind = new, model = "b" } } }
    return floor.read({ { machine = here } }, { pair }).by_metric.ttft
  end
  same({ 0.02, 0.01, 0.03 }, { floor_of("ollama", "vllm"), floor_of("ollama", "openai"), floor_of("sim", "sim") })
end)

it("has a line for each of many loads, without the percentiles that too few values have", function()
  store.write("run_imported", "loads", "tool", "file", "{}", "1.0", 0, "2026-11-25T09:00:00.000Z", nil, nil)
  local document = { number = store.last_id(), backends = { { backend = "b" } }, phases = {}, summary = {} }
  local printed
  for i = 1, 5 do
    store.write("phase", document.number, i, "load " .. i, "measure", "steady", i * 1000000000, (i + 1) * 1000000000, i)
    document.phases[i] = { phase = i }
    document.summary[i] = { phase = i, backend = "b", call = "chat", metric = "ttft", n = 56 + i, p50 = i,
      p95 = 10 * i }
  end
  loads.print({ heading = function() end, paragraph = function() end, table = function(_, ...)
    printed = { ... }
  end }, document)
  local titles, rows = table.unpack(printed)
  same({ "asked", "TTFT p50", "p95" }, { titles[2].title, titles[6].title, titles[7].title })
  same({ "load 2", "2", "2", "–" }, { rows[2][1], rows[2][2], rows[2][6], rows[2][7] })
  same({ "load 3", "3", "3", "30" }, { rows[3][1], rows[3][2], rows[3][6], rows[3][7] })
end)

it("says of which size the differences are that nobody calls", function()
  local function words(by_metric)
    return floor.words { day = "2026-11-03", by_metric = by_metric }:match "below (.*) %(A/A of 2026%-11%-03%)%.$"
  end
  same("6.0 to 34.0 %, by metric", words { ttft = 0.06, e2e = 0.34, gone = 0.5 })
  same("2.0 %", words { ttft = 0.02 })
end)
