-- luacheck: globals it same refused
-- The plans of loads, with the generators that they are drawn from.
local arrivals = require "bench.arrivals"
local random = require "core.random"
local user = require "bench.user"

-- The first n planned times.
local function plan(shape, n, seed)
  local next_time, list = shape.times(random.new(seed or 7, 1)), {}
  for index = 1, n do
    list[index] = next_time()
  end
  return list
end

local function gaps(list)
  local sum, squares, before = 0, 0, 0
  for _, at in ipairs(list) do
    sum, squares, before = sum + (at - before), squares + (at - before) ^ 2, at
  end
  local mean = sum / #list
  return mean, math.sqrt(squares / #list - mean * mean) / mean
end

local function within(value, wanted, share)
  local near = math.abs(value / wanted - 1) <= share -- NaN is not
  if not near then
    error(("%g is not within %g of %g"):format(value, share, wanted), 2)
  end
end

local n = 20000

it("is steady without adding anything up", function()
  local list = plan(arrivals.steady(3), 3000001)
  same(0.0, list[1])
  same(1000000.0, list[3000001])
  same({ 0.0, 4.0, 8.0 }, plan(arrivals.steady(0.25), 3))
end)

it("draws exponential gaps of the right mean and spread", function()
  for _, rate in ipairs { 0.1, 20, 5000 } do
    local mean, cv = gaps(plan(arrivals.poisson(rate), n))
    within(mean, 1 / rate, 3 / math.sqrt(n))
    within(cv, 1, 0.04)
  end
end)

it("draws gamma gaps of the coefficient of variation that was asked for", function()
  for _, asked in ipairs { 0.25, 0.5, 1, 2, 3 } do
    local mean, cv = gaps(plan(arrivals.gamma(20, asked), n))
    within(mean, 1 / 20, 3 * asked / math.sqrt(n))
    within(cv, asked, 0.08)
  end
end)

-- The greatest distance between the gaps of a plan at rate 1 and a distribution (Kolmogorov and Smirnov).
local function distance(shape, distribution)
  local list, far = plan(shape, n), 0
  for index = n, 2, -1 do
    list[index] = list[index] - list[index - 1]
  end
  table.sort(list)
  for index, gap in ipairs(list) do
    far = math.max(far, math.abs(distribution(gap) - index / n))
  end
  return far
end

it("draws gaps of the whole distribution, not of its mean and spread alone", function()
  local least = 1.63 / math.sqrt(n) -- of 1 in 100 plans it is more
  local function exponential(gap)
    return 1 - math.exp(-gap)
  end
  local function sum_of_two(gap)
    return 1 - math.exp(-2 * gap) * (1 + 2 * gap)
  end
  same({ true, true, true }, { distance(arrivals.poisson(1), exponential) < least,
    distance(arrivals.gamma(1, 1), exponential) < least,
    distance(arrivals.gamma(1, math.sqrt(0.5)), sum_of_two) < least })
end)

it("has so many arrivals, the last when their mean rate says", function()
  for _, shape in ipairs { arrivals.poisson(20, { count = 30 }), arrivals.gamma(20, 0.5, { count = 30 }) } do
    local list = plan(shape, 31)
    same(30, #list)
    within(list[30], 1.5, 1e-12)
    same(true, shape.ends == 1.5 and list[1] > 0 and list[1] < list[2])
  end
  same("gamma(20/s, cv 2, 30 of them)", arrivals.gamma(20, 2, { count = 30 }).text)
  refused("count must be a whole number of at least 1, not 0", arrivals.poisson, 20, { count = 0 })
end)

it("gives the same plan for the same seed, another for another", function()
  for _, shape in ipairs { arrivals.poisson(20), arrivals.gamma(20, 2) } do
    same(plan(shape, 50, 3), plan(shape, 50, 3))
    same(false, plan(shape, 1, 3)[1] == plan(shape, 1, 4)[1])
  end
end)

it("ramps so that what has arrived is the integral of the rate", function()
  local list = plan(arrivals.ramp(2, 10, "20s"), 241)
  for index, at in ipairs(list) do
    local due = at <= 20 and 2 * at + 8 * at * at / 40 or 120 + (at - 20) * 10
    local near = math.abs(due - (index - 1)) <= 1e-9
    if not near then
      error(("at %g s %g were due, %d came"):format(at, due, index - 1))
    end
  end
  same("20.0", ("%.1f"):format(list[121]))
  same("32.0", ("%.1f"):format(list[241]))
end)

it("ramps by one factor a second, so that what has arrived is the integral of the rate", function()
  local up, down = { growth = "exponential" }, plan(arrivals.ramp(8, 2, "3s", { growth = "exponential" }), 20)
  for index, at in ipairs(plan(arrivals.ramp(2, 32, "4s", up), 80)) do
    local due = at <= 4 and 2 * (2 ^ at - 1) / math.log(2) or 30 / math.log(2) + (at - 4) * 32
    local near = math.abs(due - (index - 1)) <= 1e-9
    if not near then
      error(("at %g s %g were due, %d came"):format(at, due, index - 1))
    end
  end
  same("0.5", ("%.1f"):format(down[20] - down[19]))
  same({ 0, 0.5 }, plan(arrivals.ramp(2, 2, "3s", up), 2))
end)

it("ramps down to nothing, and up from it", function()
  local down = arrivals.ramp(10, 0, "10s")
  same(10.0, down.ends)
  local list = plan(down, 60)
  same(51, #list) -- 50 are due at 10 s, and the first one came at 0
  same("10.0", ("%.1f"):format(list[51]))
  same(0, plan(arrivals.ramp(0, 4, "2s"), 1)[1])
  same("2.0", ("%.1f"):format(plan(arrivals.ramp(0, 4, "2s"), 5)[5]))
end)

it("bursts", function()
  same({ 0.0, 0.0, 0.0, 10.0, 10.0, 10.0, 20.0 }, plan(arrivals.burst(3, "10s"), 7))
  same(0.3, arrivals.burst(3, "10s").rate)
end)

it("says what it is", function()
  same({ "closed(4)", "closed(64 over 30s)", "steady(0.25/s)", "poisson(20/s)", "gamma(20/s, cv 2)",
    "ramp(1/s to 20/s over 60s)", "ramp(1/s to 20/s over 60s, exponential)", "burst(8 every 10s)" }, {
    arrivals.closed(4).text, arrivals.closed(64, { over = "30s" }).text, arrivals.steady(0.25).text,
    arrivals.poisson(20).text, arrivals.gamma(20, 2).text, arrivals.ramp(1, 20, "1m").text,
    arrivals.ramp(1, 20, "1m", { growth = "exponential" }).text,
    arrivals.burst(8, "10s").text })
  same({ true, false }, { arrivals.is(arrivals.steady(1)), arrivals.is { kind = "steady" } })
end)

it("refuses what no plan can be made of", function()
  refused("rate must be a finite number above 0, not 0", arrivals.steady, 0)
  refused("rate must be a finite number above 0, not -1", arrivals.poisson, -1)
  refused("must be a number, not nil", arrivals.gamma, 20)
  refused("number of users must be a whole number of at least 1, not 2.5", arrivals.closed, 2.5)
  refused("closed has no option ovr. Did you mean over?", arrivals.closed, 2, { ovr = 3 })
  refused("from 0 to 0 nothing arrives", arrivals.ramp, 0, 0, "1s")
  refused("Did you mean exponential?", arrivals.ramp, 1, 2, "1s", { growth = "exponentiel" })
  refused("a rate of 0 does not grow", arrivals.ramp, 0, 2, "1s", { growth = "exponential" })
  refused("how many must be a whole number", arrivals.burst, 0, "1s")
end)

it("keeps the prompts of a warm-up out of the measuring", function()
  for _, count in ipairs { 2, 3, 9, 10, 11, 29, 30, 101 } do
    local generator, warm, measured = random.new(1, 2), {}, {}
    for _ = 1, 60 * count do
      warm[user.choose(generator, count, true)] = true
      measured[user.choose(generator, count, false)] = true
    end
    for index = 1, count do
      if (warm[index] == nil) == (measured[index] == nil) then
        error(("of %d, %d is for both or neither"):format(count, index))
      end
    end
    same({ false, false }, { warm[0] or warm[count + 1] or false, measured[0] or measured[count + 1] or false })
  end
  same(1, user.choose(random.new(1, 2), 1, false))
end)
