-- luacheck: globals it same refused
local clock = require "core.clock"
local embedded = require "core.embedded"
local machine = require "core.machine"
local output = require "core.output"
local quantile = require "core.quantile"
local random = require "core.random"
local record = require "core.record"
local text = require "core.text"

it("interpolates between the values of a list", function()
  same(2.8, quantile.linear({ 3, 1, 2 }, 0.9))
  same(nil, quantile.linear({}, 0.5))
  refused("between 0 and 1", quantile.linear, { 1 }, 2)
end)

it("reads durations, and says what is wrong", function()
  same(0.8, (clock.duration "800ms"))
  same(90.0, (clock.duration "1m30s"))
  same(1.5, (clock.duration(1.5)))
  for _, wrong in ipairs { "5", "", "-1s", "1 parsec", -1, 0 / 0, math.huge, {}, true } do
    local seconds, problem = clock.duration(wrong)
    assert(seconds == nil and type(problem) == "string", tostring(wrong))
  end
end)

it("knows the time of day in UTC, and monotonic time", function()
  same("2026-11-25T09:00:00.123Z", clock.utc(1795597200.123))
  assert(clock.utc():match "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$")
  local first, first_ns = clock.now(), clock.now_ns()
  assert(clock.now() >= first and clock.now_ns() >= first_ns and math.type(first_ns) == "integer")
  assert(math.abs(clock.wall() - os.time()) < 5)
end)

it("refuses a sleep that is none", function()
  for _, wrong in ipairs { -1, 0 / 0, math.huge, "1s", {} } do
    refused("a sleep must be a number of seconds", clock.sleep, wrong)
  end
  same(true, clock.sleep(0))
end)

it("draws the same numbers from the same seed and stream", function()
  local function numbers(seed, stream)
    local generator = random.new(seed, stream)
    return { generator:uniform(), generator:below(1000), generator:normal(), generator:exponential() }
  end
  same(numbers(7, 1), numbers(7, 1))
  assert(numbers(7, 1)[1] ~= numbers(7, 2)[1] and numbers(7, 1)[1] ~= numbers(8, 1)[1])
  for _ = 1, 200 do
    local drawn = random.new(random.fresh_seed()):below(3)
    assert(drawn >= 0 and drawn < 3)
  end
  refused("more than 0", random.new(1).below, random.new(1), 0)
end)

it("measures and mends text", function()
  same(4, text.width "天空")
  same(2, text.characters "天空")
  same(true, text.is_utf8 "é")
  same(false, text.is_utf8 "\xff")
  same("a\u{fffd}b", text.clean "a\xffb")
  same("clean", text.clean "clean")
  same("a\u{fffd}[31m\n\t天\u{fffd}", text.shown "a\27[31m\n\t天\u{202e}")
  same("ttft", text.nearest("tftt", { "tpot", "ttft", "e2e" }))
  same(nil, text.nearest("nothing like it", { "tpot", "ttft" }))
  same(nil, text.nearest("x", {}))
  same("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", text.digest "abc")
end)

it("interpolates quantiles as NumPy does", function()
  same(2.5, quantile.linear({ 4, 1, 3, 2 }, 0.5))
  same(9.55, quantile.linear({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 0.95))
  same(nil, quantile.linear({}, 0.5))
  same(false, quantile.supported(28, 0.9))
  same(true, quantile.supported(29, 0.9))
  same(false, quantile.supported(0, 0.5))
  refused("between 0 and 1", quantile.linear, { 1 }, 95)
end)

it("has the library inside", function()
  assert(embedded.text "db/schema.sql":find("STRICT", 1, true))
  same(nil, embedded.text "lib/bench/nothing.lua")
  local list = embedded.list "lib/bench/"
  assert(#list > 5)
  for index = 2, #list do
    assert(list[index - 1] < list[index])
  end
end)

it("knows the machine and what this process takes of it", function()
  local facts = require("bench.json").decode(machine.facts())
  assert(facts.cores >= 1 and facts.lua:match "^5%.4" and facts.curl and facts.sqlite)
  local usage = machine.usage()
  assert(usage.cpu > 0 and usage.rss > 1000000)
  clock.sleep(0.001)
  assert(machine.loop_lag(true).turns > 0)
  same(0, machine.loop_lag().turns)
  same("clock", machine.stamps())
end)

it("keeps nothing where there is no run", function()
  record.write("note", "key", "value")
end)

it("knows where it writes", function()
  same("boolean", type(output.is_terminal "stdout"))
  assert(output.columns() > 0)
  same("boolean", type(output.colour()))
end)

it("gives a scenario's state no database", function()
  refused("not there beside a scenario", require, "core.store")
  refused("module 'core.nothing' not found", require, "core.nothing")
end)

it("ends only a simulated server that it began", function()
  refused("no simulated server of ours listens there", require("core.sim").stop, "127.0.0.1:1")
end)
