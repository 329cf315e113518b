-- How far the client's own times may be off, from what `bench calibrate` kept of its machine, and when a client
-- has more to do than it can.
local embedded = require "core.embedded"
local number = require "report.number"

local client_error = {}

local CPU_SHARE, WAITING_SHARE = 0.7, 0.1
local LAG_MS = 10                         -- where nothing was calibrated, and at most
local LAG_TIMES, LAG_LEAST_MS = 10, 1     -- of what the loop did at such a load in the calibration

-- -> run_streams, run_event_rate, workers,
-- and of the nearest entry streams, p50_ms, p99_ms, lag_p99_ms, most_events, day
-- (nil without a calibration). query: as core.store.query.
function client_error.of(query, run)
  return query(embedded.text "db/report/client_error.sql", run)[1] or {}
end

function client_error.words(found)
  if not found.p50_ms then
    return "Client error: not known on this machine; bench calibrate measures it in half a minute."
  end
  return ("Client error: ±%s ms (p99 %s) as calibrated at %s on %s."):format(number.short(found.p50_ms),
    number.short(found.p99_ms), number.plural(found.streams, "stream"), found.day)
end

local scale = { ms = 1, s = 1e-3 }

-- How many decimals a time in this unit may have; nil where nothing forbids any.
function client_error.decimals(found, unit)
  local error_ms = found and found.p50_ms
  if not error_ms or error_ms <= 0 or not scale[unit] then
    return nil
  end
  return math.max(0, math.floor(-math.log(error_ms * scale[unit], 10)))
end

local function lag_bound(found)
  if not found.lag_p99_ms then
    return LAG_MS
  end
  return math.min(LAG_MS, math.max(LAG_LEAST_MS, LAG_TIMES * found.lag_p99_ms))
end

-- In what respect the client was at its limit: a list of words. health: lag_ms, cpu, waiting (shares).
function client_error.saturation(health, found)
  local words, bound = {}, lag_bound(found)
  if health.lag_ms > bound then
    words[#words + 1] = ("its loop was late by %s ms (p99; bound %s)"):format(number.short(health.lag_ms),
      number.short(bound))
  end
  if health.cpu and health.cpu > CPU_SHARE then
    words[#words + 1] = ("it used %.1f %% of a core (bound %.0f)"):format(100 * health.cpu, 100 * CPU_SHARE)
  end
  if health.waiting and health.waiting > WAITING_SHARE then
    words[#words + 1] = ("it waited for a core %.1f %% of the time (bound %.0f)"):format(100 * health.waiting,
      100 * WAITING_SHARE)
  end
  local event_rate = (found.run_event_rate or 0) / (found.workers or 1)
  if found.most_events and event_rate > found.most_events then
    words[#words + 1] = ("%s events/s came and its times are good up to %s"):format(
      number.grouped(event_rate // 1 | 0), number.grouped(found.most_events // 1 | 0))
  end
  return words
end

return client_error
