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
    assert.equal("no higher rate was tried", reason)
  end)
end)
