-- luacheck: globals it same refused
-- core.stats: the Lua face of base/stats.h and base/verdict.h. What they compute is tested in C.
local stats = require "core.stats"

local ollama = { 26.2143, 26.9067, 25.3639, 26.5970, 27.8786 }
local llamacpp = { 11.9321, 15.7503, 14.1492, 14.3902, 15.4099 }

local function logs(list)
  local out = {}
  for index, value in ipairs(list) do
    out[index] = math.log(value)
  end
  return out
end

it("calls a difference, with its ratio and interval", function()
  local result = stats.sequential(logs(llamacpp), logs(ollama), { margin = 0.05, floor = 0 })
  same("higher", result.verdict)
  same(true, result.low < result.ratio and result.ratio < result.high)
  same("1.86", ("%.2f"):format(result.ratio))
  same("lower", stats.sequential(logs(ollama), logs(llamacpp), { margin = 0.05 }).verdict)
end)

it("says what would do where it cannot tell, and leaves out what does not exist", function()
  local result = stats.paired({ 0, 0.2, -0.3 }, { 0.1, -0.2, 0.2 }, { margin = 0.05 })
  same("cannot tell", result.verdict)
  same(true, result.needed > 3)
  result = stats.paired({ 1 }, { 2 }, { margin = 0.05 })
  same("cannot tell", result.verdict)
  same(nil, result.ratio)
end)

it("has the tests by rank, medians, trends and change points", function()
  local p, u, exact = stats.mann_whitney(ollama, llamacpp)
  same({ "0.0079", 25.0, true }, { ("%.4f"):format(p), u, exact })
  same(26.5970, stats.median(ollama))
  same(nil, stats.median {})
  same({ 4 }, stats.change_points({ 1, 1, 1, 2, 2, 2 }, 2))
  same({}, stats.change_points { 3, 3, 3 })
  same({ 0.03, 0.06, 0.06, 0.02 }, stats.holm { 0.01, 0.04, 0.03, 0.005 })
  local low, high = stats.quantile_positions({ 20 }, { 10 }, 0.5)
  same({ 6, 15 }, { low, high })
  local none, needed = stats.quantile_positions({ 150, 150 }, { 150, 147 }, 0.99)
  same({ nil, 368 }, { none, needed })
  same(1.0, (stats.trend { 2, 2, 2, 2, 2 }))
end)

it("compares shares, without a ratio to nothing", function()
  local shares = stats.shares(0, 10, 10, 10)
  same(nil, shares.ratio)
  same(nil, shares.high)
  same(true, shares.p < 1e-4)
  same("2.0", ("%.1f"):format(stats.shares(2, 10, 4, 10).ratio))
  refused("more hits", stats.shares, 3, 2, 0, 1)
  refused("above zero", stats.shares, 0, 0, 0, 1)
end)

it("refuses what is no list of finite numbers", function()
  refused("finite", stats.median, { 1, 0 / 0 })
  refused("number expected", stats.median, { "x" })
  refused("as long as", stats.paired, { 1, 2 }, { 1 }, { margin = 0 })
  refused("0 or more", stats.paired, { 1, 2 }, { 1, 2 }, { margin = -1 })
end)
