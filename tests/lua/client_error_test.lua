require "core_fake"
local client_error = require "report.client_error"
local number = require "report.number"

local calibrated = { streams = 100, p50_ms = 0.0044, p99_ms = 0.021, lag_p99_ms = 0.25, most_events = 20000,
  day = "2026-11-20", run_streams = 90, run_event_rate = 4500 }
local nothing = { run_streams = 1, run_event_rate = 50 }

describe("the client's own error", function()
  it("is said with the load that it was measured at, or how to measure it", function()
    assert.equal("Client error: ±0.004 ms (p99 0.021) as calibrated at 100 streams on 2026-11-20.",
      client_error.words(calibrated))
    assert.matches("not known on this machine; bench calibrate", client_error.words(nothing))
  end)
  it("allows no digits that lie below it", function()
    assert.equal(2, client_error.decimals(calibrated, "ms"))
    assert.equal(5, client_error.decimals(calibrated, "s"))
    assert.equal(0, client_error.decimals({ p50_ms = 12 }, "ms"))
    assert.is_nil(client_error.decimals(calibrated, "tok/s"))
    assert.is_nil(client_error.decimals(nothing, "ms"))
    assert.equal(2, number.decimals({ 1.234, 2.5 }, 2, 2))
    assert.equal(1, number.decimals({ 1.234, 2.5 }, 2, 1))
  end)
end)

describe("a client", function()
  local idle = { lag_ms = 0.3, cpu = 0.02, waiting = 0.001 }
  it("is saturated by a loop that is late, after a calibration already by less", function()
    assert.same({}, client_error.saturation(idle, nothing))
    assert.same({}, client_error.saturation({ lag_ms = 9 }, nothing))
    assert.equal(1, #client_error.saturation({ lag_ms = 11 }, nothing))
    assert.same({ "its loop was late by 9.00 ms (p99; bound 2.50)" },
      client_error.saturation({ lag_ms = 9 }, calibrated))
    assert.same({}, client_error.saturation({ lag_ms = 0.9 }, { lag_p99_ms = 0.01 }))
    assert.equal(1, #client_error.saturation({ lag_ms = 11 }, { lag_p99_ms = 30 }))
  end)
  it("is saturated by a core in use, and by one that others use", function()
    assert.same({ "it used 80.0 % of a core (bound 70)" }, client_error.saturation({ lag_ms = 0, cpu = 0.8 }, nothing))
    assert.same({ "it waited for a core 20.0 % of the time (bound 10)" },
      client_error.saturation({ lag_ms = 0, waiting = 0.2 }, nothing))
  end)
  it("is saturated by more events than it was calibrated for", function()
    local fast = setmetatable({ run_event_rate = 30000.7 }, { __index = calibrated })
    assert.same({ "30,000 events/s came and its times are good up to 20,000" }, client_error.saturation(idle, fast))
  end)
end)
