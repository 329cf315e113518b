-- luacheck: globals it same
-- The parts of bench compare that need C's statistics.
local effect = require "compare.effect"
local prefix = require "compare.prefix"
local random = require "core.random"
local reduce = require "compare.reduce"

local settings = { margin = 0.05, floor = 0.01 }

-- count values around `level`, normal, 2 % apart, the same for the same seed.
local function noisy(seed, count, level)
  local generator, list = random.new(seed, 7), {}
  for i = 1, count do
    list[i] = level * math.exp(0.02 * generator:normal())
  end
  return list
end

it("turns a comparison round when the new run was the earlier one", function()
  local base, new = noisy(1, 12, 100), noisy(2, 12, 150)
  local forth, back = effect.of(base, new, "sequential", settings), effect.of(new, base, "reversed", settings)
  same("higher", forth.verdict)
  same("lower", back.verdict)
  same(("%.9f"):format(1 / forth.ratio), ("%.9f"):format(back.ratio))
  same(("%.9f"):format(1 / forth.high), ("%.9f"):format(back.low))
  same(true, back.low < back.ratio and back.ratio < back.high)
end)

it("gives no ratio of what is zero or less", function()
  local result = effect.of({ 0, 1, 2 }, { 1, 2, 3 }, "paired", settings)
  same({ "cannot tell", nil }, { result.verdict, result.ratio })
  same(true, result.reason:find("zero", 1, true) ~= nil)
  same("equal", effect.of({ 0, 0, 0 }, { 0, 0, 0 }, "paired", settings).verdict)
  same("cannot tell", effect.of({}, {}, "sequential", settings).verdict)
end)

local function shares(hits, count, ...)
  return { hits = hits, count = count, blocks = { ... } }
end

it("tells shares apart when all requests together and the blocks say so", function()
  local none, all = shares(0, 30, 0, 0, 0), shares(30, 30, 1, 1, 1)
  local result = effect.shares(none, all, settings)
  same({ "higher", nil, nil }, { result.verdict, result.ratio, result.high })
  same("lower", effect.shares(all, none, settings).verdict)
  same({ "equal", "none" }, { effect.shares(none, none, settings).verdict, effect.shares(none, none, settings).reason })
  -- one bad block is no proof, however many requests were in it
  same("cannot tell", effect.shares(none, shares(10, 30, 0, 0, 1), settings).verdict)
  same("cannot tell", effect.shares(shares(0, 5, 0), shares(5, 5, 1), settings).verdict)
  same("equal", effect.shares(shares(5, 4000, 0, 0.01), shares(6, 4000, 0.01, 0), settings).verdict)
end)

it("keeps of several comparisons what survives Holm's correction", function()
  local results = { { verdict = "higher", p = 0.02 }, { verdict = "lower", p = 0.04 }, { verdict = "equal", p = 0.9 } }
  effect.correct(results)
  same({ "cannot tell", "cannot tell", "equal" }, { results[1].verdict, results[2].verdict, results[3].verdict })
  results = { { verdict = "higher", p = 0.001 }, { verdict = "cannot tell", p = 0.2 } }
  effect.correct(results)
  same({ "higher", 0.002 }, { results[1].verdict, results[1].p_adjusted })
end)

local function row(fields)
  fields.call, fields.outcome, fields.start_ms = "chat", fields.outcome or "ok", fields.seq
  return fields
end

local function reduced(by, rows)
  local group = reduce.new { by = by }
  for _, one in ipairs(rows) do
    reduce.add(group, row(one))
  end
  reduce.finish(group)
  return group
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
  same({ 3, 1 }, { group.blocks[2].finished, group.blocks[2].failed })
  local totals = group.work
  same({ 5, 4, 1, 1 }, { totals.finished, totals.ok, totals.failed, totals.cancelled })
  same({ 1, 3 }, { totals.cold, totals.counted })
  same({ 2, 1, 3, 30.0 }, { totals.usage, totals.events, totals.ttft_n, totals.ttft })
  same({ 4.0, 6.0, 8.0 }, { totals.tokens_min, totals.tokens_median, totals.tokens_max })
  same({ { reason = "stop", n = 2 }, { reason = "length", n = 1 }, { reason = "not said", n = 1 } }, group.finishes)
  same({ needed = 368 }, group.tails.ttft.p99)
end)

it("cuts requests outside rounds into blocks of equal size", function()
  local rows = {}
  for i = 1, 100 do
    rows[i] = { seq = i, ttft = i }
  end
  local group = reduced("label", rows)
  same({ false, 30 }, { group.in_rounds, #group.blocks })
  local least, most = math.huge, 0
  for _, block in ipairs(group.blocks) do
    least, most = math.min(least, block.finished), math.max(most, block.finished)
  end
  same({ 3, 4, 2.0 }, { least, most, group.blocks[1].ttft })
  same(true, group.tails.ttft.p95.low < 95.05 and 95.05 < group.tails.ttft.p95.high)
  same(7, #reduced("label", table.move(rows, 1, 7, 1, {})).blocks)
end)

it("pairs by prompt", function()
  local group = reduced("prompt", { { seq = 1, prompt = "a", ttft = 1 }, { seq = 2, prompt = "b", ttft = 5 },
    { seq = 3, prompt = "a", ttft = 3 }, { seq = 4, ttft = 100 } })
  same({ 2, "a", 2.0, "b", 5.0 }, { #group.blocks, group.blocks[1].block, group.blocks[1].ttft, group.blocks[2].block,
    group.blocks[2].ttft })
end)

it("counts whole characters that two answers share", function()
  same({ 2, 2, 0, 3 }, { prefix.common("天空是", "天空"), prefix.common("ab", "abc"), prefix.common("天", "地"),
    prefix.common("abc", "abc") })
  same({ prompts = 2, identical = 1, least = 2 }, prefix.of { { "abc", "abd" }, { "same", "same" } })
  same(nil, prefix.of {})
end)
