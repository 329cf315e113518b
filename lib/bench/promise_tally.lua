-- What a promise has seen so far, over one backend and label, and whether that keeps it. Pure.
local metrics = require "bench.metrics"
local quantile = require "core.quantile"
local series = require "core.series"

local promise_tally = {}
promise_tally.__index = promise_tally

local compare = {
  ["<"] = function(a, b) return a < b end,
  ["<="] = function(a, b) return a <= b end,
  [">"] = function(a, b) return a > b end,
  [">="] = function(a, b) return a >= b end,
  ["="] = function(a, b) return a == b end,
}

-- -> whether it met every condition whose value exists, and whether one's did.
local function is_good(row, conditions)
  local is_measured = false
  if row.outcome ~= "ok" then
    return false, false
  end
  for _, condition in ipairs(conditions) do
    local value = metrics.judged(condition.metric, row)
    if value ~= nil and not compare[condition.operator](value, condition.value) then
      return false, true
    end
    is_measured = is_measured or value ~= nil
  end
  return true, is_measured
end

-- promise: as expect.read gives it.
function promise_tally.new(promise)
  return setmetatable({ promise = promise, values = series.new(), total = 0, good = 0, measured = 0, concerned = 0,
    beside = 0 }, promise_tally)
end

function promise_tally:add_value(value)
  self.values:add(value)
end

function promise_tally:add_check(passed)
  self.total = self.total + 1
  self.good = self.good + ((passed == 1 or passed == true) and 1 or 0)
end

-- A user who left is neither good nor bad; what the end of a window cut off was no failure, but not good either.
local function add_share(self, row)
  local counts_good = self.promise.kind == "goodput"
  if row.outcome == "cancelled" or row.outcome == "incomplete" and not counts_good then
    return
  end
  local good, is_measured = row.outcome ~= "ok", false
  if counts_good then
    good, is_measured = is_good(row, self.promise.conditions)
  end
  self.measured = self.measured + (is_measured and 1 or 0)
  self.total = self.total + 1
  self.good = self.good + (good and 1 or 0)
end

-- Whether a request of that call can have what the promise is about.
local function is_of(promise, call)
  for _, condition in ipairs(promise.conditions or { promise }) do
    if not condition.metric or metrics.is_of(condition.metric, call) then
      return true
    end
  end
  return false
end

-- row: as request_metrics has it, a measured one; gaps: its ms between tokens, where the metric is of them.
function promise_tally:add_request(row, gaps)
  local promise = self.promise
  local count = is_of(promise, row.call) and "concerned" or "beside"
  self[count] = self[count] + 1
  if promise.kind == "errors" or promise.kind == "goodput" then
    add_share(self, row)
  elseif promise.kind == "metric" and row.outcome == "ok" and row.cold_start ~= 1 and not promise.metric.own then
    local value = promise.metric.column and metrics.judged(promise.metric, row)
    if value then
      self.values:add(value)
    end
    for _, gap in ipairs(promise.metric.gaps and gaps or {}) do
      self.values:add(gap)
    end
  end
end

-- Whether all of its requests are of a call that cannot have what the promise is about.
function promise_tally:is_beside()
  return self.beside > 0 and self.concerned == 0
end

-- Whether so many values bound it from above; and from below, where it is to be more than something.
local function is_bounded(promise, count, p)
  return quantile.supported(count, p) and (not promise.operator:find ">" or quantile.supported(count, 1 - p))
end

local function metric_value(promise, values)
  if promise.stat == "percentile" then
    local p = promise.p / 100
    return values:quantile(p), not is_bounded(promise, values:count(), p)
  elseif promise.stat == "min" or promise.stat == "max" then
    return values:quantile(promise.stat == "min" and 0 or 1)
  end
  return values[promise.stat](values)
end

-- dropped: arrivals that were turned away, of whichever backend; they are planned requests that failed.
local function share_value(self, seconds, dropped)
  local promise, total, good = self.promise, self.total, self.good
  if promise.kind ~= "check" then
    total = total + dropped
    good = good + (promise.kind == "errors" and dropped or 0)
  end
  local is_unmeasured = promise.kind == "goodput" and good > 0 and self.measured == 0
  if total == 0 or is_unmeasured then
    return nil
  elseif promise.kind == "goodput" and promise.unit == "/s" then
    return seconds and seconds > 0 and good / seconds or nil
  end
  return 100 * good / total
end

-- Judges: the value in the promise's unit (or nil), kept (1, 0, nil: nothing to judge, or too little) and the verdict.
-- seconds: of the phase.
function promise_tally:result(seconds, dropped)
  local promise, value, too_few = self.promise, nil, false
  if promise.kind == "metric" then
    if self.values:count() > 0 then
      value, too_few = metric_value(promise, self.values)
    end
  else
    value = share_value(self, seconds, dropped or 0)
  end
  if value == nil then
    return nil, nil, "no data"
  elseif too_few then
    return value, nil, "too few"
  end
  local holds = compare[promise.operator](value, promise.value)
  return value, holds and 1 or 0, holds and "kept" or "broken"
end

return promise_tally
