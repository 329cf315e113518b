-- luacheck: globals it same refused
-- core.series: the Lua face of base/quantile for numbers that come one by one.
local quantile = require "core.quantile"
local series = require "core.series"

it("has the statistics of a list", function()
  local values, list = series.new(), {}
  for index = 1, 1000 do
    local value = (index * 7919) % 1009 / 3
    values:add(value)
    list[index] = value
  end
  same(1000, values:count())
  for _, p in ipairs { 0, 0.5, 0.9, 0.95, 0.99, 1 } do
    same(quantile.linear(list, p), values:quantile(p))
  end
  values:add(-5)
  same(-5.0, values:quantile(0))
end)

it("means and deviates", function()
  local values = series.new()
  for _, value in ipairs { 2, 4, 4, 4, 5, 5, 7, 9 } do
    values:add(value)
  end
  same("5.000 2.138", ("%.3f %.3f"):format(values:mean(), values:stddev()))
end)

it("says nothing of nothing", function()
  local values = series.new()
  same({ 0 }, { values:count(), values:mean(), values:stddev(), values:quantile(0.5) })
  values:add(3)
  same({ 3.0 }, { values:mean(), values:stddev() })
  refused("between 0 and 1", values.quantile, values, 1.5)
end)

it("says when a file does not take it or has it not", function()
  local one, none = series.new(), series.new()
  for value = 1, 100000 do
    one:add(value)
  end
  same(true, (series.save("/dev/null", { one, none })))
  same("/dev/full: No space left on device", select(2, series.save("/dev/full", { none, one })))
  same("/nowhere/at/all: No such file or directory", select(2, series.save("/nowhere/at/all", { one })))
  same(true, (series.add_saved("/dev/zero", { none, none }))) -- two empty ones
  same("/dev/null: it is cut short", select(2, series.add_saved("/dev/null", { none })))
  -- a text that says, read as a number, more values than any memory holds
  same("/proc/version: it is cut short", select(2, series.add_saved("/proc/version", { none })))
  same(0, none:count())
  refused("bench.series", series.save, "/dev/null", { 3 })
end)
