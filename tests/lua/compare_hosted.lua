-- luacheck: globals it same
-- The parts of bench compare that need C's statistics.
local effect = require "compare.effect"
local prefix = require "compare.prefix"
local random = require "core.random"

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
  same({ "equal", "all" }, { effect.shares(all, all, settings).verdict, effect.shares(all, all, settings).reason })
  -- one bad block is no proof, however many requests were in it
  same("cannot tell", effect.shares(none, shares(10, 30, 0, 0, 1), settings).verdict)
  same("cannot tell", effect.shares(shares(0, 5, 0), shares(5, 5, 1), settings).verdict)
  same("cannot tell", effect.shares(none, shares(30, 30, 1), settings).verdict)
  same("cannot tell", effect.shares(shares(0, 30, 0), all, settings).verdict)
  same("equal", effect.shares(shares(5, 4000, 0, 0.01), shares(6, 4000, 0.01, 0), settings).verdict)
  local half, other_half = shares(2000, 4000, 0.5, 0.5), shares(2010, 4000, 0.51, 0.495)
  same("equal", effect.shares(half, other_half, settings).verdict)
  same("equal", effect.shares(other_half, half, settings).verdict)
end)

it("says why it cannot tell shares apart whose ratio has an interval without 1", function()
  same("apart, but no further than two measurements of one thing may be",
    effect.shares(shares(2, 12, 0, 0.2), shares(7, 12, 0.5, 0.6), settings).reason)
  local said = 0
  for base = 1, 12 do
    for new = 0, 12 do
      local found = effect.shares(shares(base, 12, 0, 0.2, 0.1), shares(new, 12, 0.3, 0.4, 0.5), settings)
      local is_apart = found.low > 1 or found.high < 1
      same(found.verdict == "cannot tell" and is_apart, found.reason ~= nil and found.reason ~= "all")
      said = said + (found.reason and 1 or 0)
    end
  end
  same(true, said > 2)
end)

it("keeps of several comparisons what survives Holm's correction", function()
  local results = { { verdict = "higher", p = 0.02 }, { verdict = "lower", p = 0.04 }, { verdict = "equal", p = 0.9 } }
  effect.correct(results)
  same({ "cannot tell", "cannot tell", "equal" }, { results[1].verdict, results[2].verdict, results[3].verdict })
  same("sure by itself, not as one of several comparisons (repeat more often)", results[1].reason)
  results = { { verdict = "higher", p = 0.001 }, { verdict = "cannot tell", p = 0.2 } }
  effect.correct(results)
  same({ "higher", 0.002 }, { results[1].verdict, results[1].p_adjusted })
end)

it("calls a sure difference equal where all of it is within what was said not to matter", function()
  local result = effect.of(noisy(1, 10, 100), noisy(2, 10, 110), "paired", settings)
  same("higher", result.verdict)
  effect.disregard(result, 0.05)
  same("higher", result.verdict)
  effect.disregard(result, 0.2)
  same({ "equal", "higher" }, { result.verdict, result.sure })
  local unsure = { verdict = "cannot tell", low = 0.99, high = 1.01, equals = false }
  effect.disregard(unsure, 0.2)
  same("cannot tell", unsure.verdict)
  local drifting = { verdict = "drift", low = 0.99, high = 1.05, equals = true, needed = 30 }
  effect.disregard(drifting, 0.04)
  same("drift", drifting.verdict)
  effect.disregard(drifting, 0.2)
  same({ "equal", nil, nil }, { drifting.verdict, drifting.sure, drifting.needed })
  local wide = { margin = 0.2, floor = 0.01 }
  local failing = effect.shares(shares(5, 1000, 0, 0.01, 0.005, 0.005, 0, 0.01),
    shares(60, 1000, 0.06, 0.05, 0.06, 0.07, 0.06, 0.06), wide)
  same("higher", failing.verdict)
  effect.disregard(failing, wide.margin)
  same({ "equal", "higher" }, { failing.verdict, failing.sure })
end)

it("counts whole characters that two answers share", function()
  same({ 2, 2, 0, 3 }, { prefix.common("天空是", "天空"), prefix.common("ab", "abc"), prefix.common("天", "地"),
    prefix.common("abc", "abc") })
  same({ prompts = 2, identical = 1, least = 2 }, prefix.of { { "abc", "abd" }, { "same", "same" } })
  same(nil, prefix.of {})
end)
