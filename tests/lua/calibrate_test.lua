require "core_fake"
package.loaded["core.machine"] = package.loaded["core.machine"] or {}

-- A machine that keeps up to a rate.
local asked, most = {}, 0
package.loaded["calibrate.streams"] = {
  measure = function(load)
    local rate = load.streams / load.gap
    asked[#asked + 1] = math.floor(rate + 0.5)
    local well = rate <= most
    return { streams = load.streams, rate = rate, p50 = 1e-5, p99 = well and 5e-5 or 0.02, server_kept_up = true,
      client_kept_up = true }
  end,
}
local loads = require "calibrate.loads"
package.loaded["calibrate.streams"] = nil

local function highest(limit)
  asked, most = {}, limit
  return loads.highest_rate(function() end)
end

-- What streams of a server are measured to be whose tokens were sent at these moments (ns) and came at those (s).
local function measured(sent, came)
  local core = { sim = { spawn = function() return "127.0.0.1:1" end, stop = function() end },
    http = { prepare = function(spec) return spec end, exchange = function()
      return { outcome = "ok", texts = { sent }, started_ns = 0, event_times = function() return came end }
    end },
    extract = { compile = function() return {} end },
    task = { spawn = function(f, ...) return f(...) end, join = function(answer) return true, answer end },
    machine = { loop_lag = function() return { p99 = 0.001 } end } }
  local saved = {}
  for name, functions in pairs(core) do
    local module = require("core." .. name)
    for key, f in pairs(functions) do
      table.insert(saved, { module, key, module[key] })
      module[key] = f
    end
  end
  require("core.clock").now_ns = function() return 4000000 end
  local ok, result = pcall(require("calibrate.streams").measure, { streams = 1, gap = 0.001, seconds = 0.01 })
  for _, one in ipairs(saved) do
    one[1][one[2]] = one[3]
  end
  return ok and result, result
end

describe("the streams of a calibration", function()
  it("are off by what lies between the sending of a token and its coming", function()
    local result = measured("1000000 2000000 3000000", { 0.00101, 0.00203, 0.00305 })
    assert.same({ 1, 3, 1500, true, 0.001 }, { result.streams, result.events, math.floor(result.rate + 0.5),
      result.server_kept_up, result.lag_p99 })
    assert.near(30e-6, result.p50, 1e-9)
    assert.near(50e-6, result.max, 1e-9)
  end)
  it("are none where events are not tokens, one by one", function()
    local _, problem = measured("1000000 2000000 3000000", { 0.00101, 0.00203 })
    assert.equal("3 tokens came in 2 events", problem)
  end)
end)

describe("the loads of a calibration", function()
  it("are those that this process has descriptors for, each as long as the next", function()
    package.loaded["core.machine"].descriptors = function() return 1074, 10 end
    asked, most = {}, math.huge
    local told = {}
    local done, left_out = loads.measure(function(what) told[#told + 1] = what end)
    assert.same({ 50, 5000, 50000 }, asked)
    assert.same({ 1, 100, 1000 }, { done[1].streams, done[2].streams, done[3].streams })
    assert.same({ { streams = 10000, reason = "they need 10,074 descriptors and this process may have 1,074"
      .. " (ulimit -Hn says how many)" } }, left_out)
    assert.same({ "1 stream", "100 streams", "1,000 streams", "10,000 streams" }, told)
  end)
end)

describe("the highest rate of events", function()
  it("is doubled until it goes wrong, then halved in between", function()
    local rate, reason = highest(50000)
    assert.same({ 10000, 20000, 40000, 80000, 60000, 50000 }, asked)
    assert.near(50000, rate, 1)
    assert.matches("error at p99 was 20", reason)
  end)
  it("is halved until it goes well on a slow machine", function()
    local rate = highest(3000)
    assert.same({ 10000, 5000, 2500, 3750, 3125 }, asked)
    assert.near(2500, rate, 1)
  end)
  it("is none where nothing goes well", function()
    local rate, reason = highest(10)
    assert.is_nil(rate)
    assert.is_string(reason)
    assert.is_true(#asked < 10)
  end)
  it("ends where no server is faster", function()
    local rate, reason = highest(math.huge)
    assert.near(640000, rate, 1)
    assert.equal("nothing was tried", reason)
  end)
end)
