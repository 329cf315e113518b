-- Promises: sentences such as "ttft p99 < 800ms", read before the first request and judged from rows.
-- Pure; `own` is a script's list of { name, unit, definition }.
local metrics = require "bench.metrics"
local quantile = require "core.quantile"
local text = require "core.text"
local units = require "bench.units"

local expect = {}

local stat_names = { "mean", "min", "max", "stddev", "median", "p50", "p90", "p95", "p99" }

local compare = {
  ["<"] = function(a, b) return a < b end,
  ["<="] = function(a, b) return a <= b end,
  [">"] = function(a, b) return a > b end,
  [">="] = function(a, b) return a >= b end,
  ["="] = function(a, b) return a == b end,
}

local function find_metric(name, own)
  local metric = metrics.find(name)
  if metric then
    return metric
  end
  for _, declared in ipairs(own or {}) do
    if declared.name == name then
      return { name = name, unit = declared.unit, own = true, better = declared.better }
    end
  end
end

local function no_metric(name, sentence, own)
  local nearest = metrics.nearest(name, own)
  return ("no metric \"%s\" in \"%s\"%s\n  Metrics: bench help metrics"):format(name, sentence,
    nearest and ". Did you mean " .. nearest .. "?" or "")
end

-- "< 800ms for zh" -> operator, number, unit, label; nil when it does not read.
local function read_bound(rest)
  local operator, number, unit, after = rest:match("^([<>=]=?)%s*([+-]?%d*%.?%d+)%s*([^%s]*)%s*(.*)$")
  if not operator then
    return nil
  end
  if unit == "for" then
    after, unit = "for " .. after, ""
  end
  local label = after:match("^for%s+(.-)%s*$")
  if after ~= "" and (not label or label == "") then
    return nil
  end
  return operator == "==" and "=" or operator, tonumber(number), unit, label
end

-- The amount in the metric's unit; nil, message.
local function amount(metric, number, unit, sentence)
  if units.is_time(metric.unit) then
    local value = unit ~= "" and units.convert(number, unit, metric.unit)
    if not value then
      return nil, ("\"%s\": %s is a time; write its unit, as in %g%s"):format(sentence, metric.name, number,
        metric.unit)
    end
    return value
  end
  if unit ~= "" and unit ~= metric.unit then
    return nil, ("\"%s\": %s is in %s, not in %s"):format(sentence, metric.name, metric.unit, unit)
  end
  return number
end

local function read_stat(word, metric, sentence)
  if word == "median" then
    return "percentile", 50
  end
  local p = tonumber(word:match("^p(%d+%.?%d*)$"))
  if p and p < 100 then
    return "percentile", p
  end
  if word == "mean" or word == "min" or word == "max" or word == "stddev" then
    return word
  end
  if word == "" then
    return nil, ("\"%s\": which value of %s? Write \"%s p95\" or \"%s mean\""):format(sentence, metric.name,
      metric.name, metric.name)
  end
  local nearest = text.nearest(word, stat_names)
  return nil, ("no statistic \"%s\" in \"%s\"%s (%s)"):format(word, sentence,
    nearest and ". Did you mean " .. nearest .. "?" or "", table.concat(stat_names, ", "))
end

local function read_condition(part, sentence)
  local name, rest = part:match("^%s*([%a_][%w_]*)%s*([<>=].-)%s*$")
  if not name then
    return nil, ("\"%s\" in \"%s\" is no condition: write \"ttft < 500ms\""):format(part, sentence)
  end
  local metric = find_metric(name)
  if not metric then
    return nil, no_metric(name, sentence)
  end
  local operator, number, unit, label = read_bound(rest)
  if not (operator and metric.column) or label then
    return nil, ("\"%s\" in \"%s\" cannot be judged for one request"):format(part, sentence)
  end
  local value, message = amount(metric, number, unit, sentence)
  if not value then
    return nil, message
  end
  return { metric = metric, operator = operator, value = value }
end

local function read_goodput(promise, inside)
  if promise.unit ~= "%" and promise.unit ~= "/s" then
    return nil, ("\"%s\": goodput is a share (%%) or a rate (/s)"):format(promise.sentence)
  end
  promise.conditions = {}
  for part in (inside .. ","):gmatch("([^,]*),") do
    local condition, message = read_condition(part, promise.sentence)
    if not condition then
      return nil, message
    end
    promise.conditions[#promise.conditions + 1] = condition
  end
  return promise
end

local function read_call(sentence, name, inside, rest)
  local operator, value, unit, label = read_bound(rest)
  if not operator then
    return nil, ("\"%s\" does not end in a bound such as > 99%%"):format(sentence)
  end
  local promise = { sentence = sentence, kind = name, operator = operator, value = value, unit = unit, label = label }
  if name == "goodput" then
    return read_goodput(promise, inside)
  end
  if name ~= "check" then
    return nil, ("no function \"%s\" in \"%s\": goodput(...) or check(...)"):format(name, sentence)
  end
  promise.check = inside:match("^%s*(.-)%s*$")
  if unit ~= "%" or promise.check == "" then
    return nil, ("\"%s\": write check(name) > 95%%"):format(sentence)
  end
  return promise
end

local function read_errors(promise)
  if promise.unit ~= "%" then
    return nil, ("\"%s\": errors are a share; write errors < 0.1%%"):format(promise.sentence)
  end
  promise.kind = "errors"
  return promise
end

local function read_metric(sentence, name, stat_word, rest, own)
  local metric = find_metric(name, own)
  if not metric then
    return nil, no_metric(name, sentence, own)
  end
  local operator, number, unit, label = read_bound(rest)
  if not operator then
    return nil, ("\"%s\" does not end in a bound such as < 800ms"):format(sentence)
  end
  local promise = { sentence = sentence, kind = "metric", metric = metric, operator = operator, value = number,
    unit = unit, label = label }
  if name == "errors" then
    return read_errors(promise)
  end
  if metric.share then
    return nil, ("\"%s\": write %s(...)"):format(sentence, name)
  end
  local stat, detail = read_stat(stat_word, metric, sentence)
  if not stat then
    return nil, detail
  end
  promise.stat, promise.p = stat, stat == "percentile" and detail or nil
  local value, message = amount(metric, number, unit, sentence)
  promise.value, promise.unit = value, metric.unit
  return value and promise, message
end

-- A sentence -> { sentence, kind = "metric" | "errors" | "goodput" | "check", metric, stat = "percentile" |
-- "mean" | "min" | "max" | "stddev", p, operator, value, unit, label (nil: every one), check, conditions },
-- or nil, message.
function expect.read(sentence, own)
  if type(sentence) ~= "string" then
    return nil, ("a promise is a sentence, not a %s"):format(type(sentence))
  end
  local name, inside, rest = sentence:match("^%s*([%a_][%w_]*)%s*(%b())%s*(.-)%s*$")
  if name then
    return read_call(sentence, name, inside:sub(2, -2), rest)
  end
  local stat
  name, stat, rest = sentence:match("^%s*([%a_][%w_]*)%s*(.-)%s*([<>=].-)%s*$")
  if not name then
    return nil, ("\"%s\" is no promise: write \"ttft p99 < 800ms\" or \"errors < 0.1%%\""):format(sentence)
  end
  return read_metric(sentence, name, stat, rest, own)
end

local function counted(requests)
  local list = {}
  for _, row in ipairs(requests) do
    if row.outcome ~= "cancelled" then
      list[#list + 1] = row
    end
  end
  return list
end

local function share(list, accepts)
  if #list == 0 then
    return nil
  end
  local good = 0
  for _, item in ipairs(list) do
    if accepts(item) then
      good = good + 1
    end
  end
  return 100 * good / #list, good
end

local function is_good(row, conditions)
  if row.outcome ~= "ok" then
    return false
  end
  for _, condition in ipairs(conditions) do
    local value = row[condition.metric.column]
    if value ~= nil and not compare[condition.operator](value, condition.value) then
      return false
    end
  end
  return true
end

local function values_of(metric, data)
  if metric.own then
    return data.measured and data.measured[metric.name] or {}
  end
  if metric.gaps then
    return data.gaps and data.gaps(metric.name) or {}
  end
  local list = {}
  for _, row in ipairs(data.requests) do
    local value = row.outcome == "ok" and row.cold_start ~= 1 and row[metric.column]
    if value then
      list[#list + 1] = value
    end
  end
  return list
end

local function mean(list)
  local sum = 0
  for _, value in ipairs(list) do
    sum = sum + value
  end
  return sum / #list
end

local function fold(list, choose)
  local best = list[1]
  for _, value in ipairs(list) do
    best = choose(best, value)
  end
  return best
end

local stats = {
  mean = mean,
  min = function(list) return fold(list, math.min) end,
  max = function(list) return fold(list, math.max) end,
  stddev = function(list)
    if #list < 2 then
      return nil
    end
    local middle, squares = mean(list), 0
    for _, value in ipairs(list) do
      squares = squares + (value - middle) ^ 2
    end
    return math.sqrt(squares / (#list - 1))
  end,
}

local function metric_value(promise, data)
  local list = values_of(promise.metric, data)
  if #list == 0 then
    return nil
  end
  if promise.stat == "percentile" then
    return quantile.linear(list, promise.p / 100), not quantile.supported(#list, promise.p / 100)
  end
  return stats[promise.stat](list)
end

local function value_of(promise, data)
  if promise.kind == "metric" then
    return metric_value(promise, data)
  end
  if promise.kind == "check" then
    return (share(data.checks or {}, function(row)
      return row.passed == 1 or row.passed == true
    end))
  end
  local requests = counted(data.requests)
  if promise.kind == "errors" then
    return (share(requests, function(row)
      return row.outcome ~= "ok"
    end))
  end
  local percent, good = share(requests, function(row)
    return is_good(row, promise.conditions)
  end)
  if promise.unit == "/s" then
    return good and data.seconds and good / data.seconds
  end
  return percent
end

-- Judges a promise over one backend and label. data: requests (rows of request_metrics, measured ones),
-- gaps(name) -> list of ms for itl and icl, checks (rows of that check's name), measured (the script's
-- own: name -> list of values in the declared unit), seconds (of the phase). Returns the value in the
-- promise's unit (or nil), kept (1, 0, nil: nothing to judge) and the verdict.
function expect.judge(promise, data)
  local value, too_few = value_of(promise, data)
  if value == nil then
    return nil, nil, "no data"
  end
  if too_few then
    return value, nil, "too few"
  end
  local kept = compare[promise.operator](value, promise.value)
  return value, kept and 1 or 0, kept and "kept" or "broken"
end

return expect
