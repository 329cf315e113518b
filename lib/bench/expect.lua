-- Promises: sentences such as "ttft p99 < 800ms", read before the first request (bench.promise_tally judges them).
-- Pure; `own` is a script's list of { name, unit, definition }.
local lists = require "bench.lists"
local metrics = require "bench.metrics"
local misuse = require "bench.misuse"
local units = require "bench.units"

local expect = {}

local stat_names = { "mean", "min", "max", "stddev", "median", "p50", "p90", "p95", "p99" }

local function find_metric(name, own)
  local metric = metrics.find(name)
  if metric then
    return metric
  end
  local declared = lists.find(own or {}, "name", name)
  return declared and { name = name, unit = declared.unit, own = true, better = declared.better }
end

local function no_metric(name, sentence, own)
  local nearest = metrics.nearest(name, own)
  if name:find "^p%d+$" or name == "mean" or name == "max" then
    return ("in \"%s\" the metric stands first, as in \"ttft %s < 500ms\""):format(sentence, name)
  end
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
    if not value and unit ~= "" then
      return nil, ("\"%s\": %s is a time, and %s no unit of times: us, ms, s, min"):format(sentence, metric.name, unit)
    elseif not value then
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

local other_stats = { avg = "mean", average = "mean", p100 = "max", p0 = "min" }

local function read_stat(word, metric, sentence)
  if word == "median" then
    return "percentile", 50
  end
  local p = tonumber(word:match("^p(%d+%.?%d*)$"))
  if p and p > 0 and p < 100 then
    return "percentile", p
  end
  if word == "mean" or word == "min" or word == "max" or word == "stddev" then
    return word
  end
  if word == "" then
    return nil, ("\"%s\": which value of %s? Write \"%s p95\" or \"%s mean\""):format(sentence, metric.name,
      metric.name, metric.name)
  end
  local other = other_stats[word] or word:gsub("^[pP]%((%d+%.?%d*)%)$", "p%1")
  local near = other ~= word and (". Did you mean %s?"):format(other) or misuse.near(word, stat_names)
  return nil, ("no statistic \"%s\" in \"%s\"%s (%s)"):format(word, sentence, near, table.concat(stat_names, ", "))
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
  local promise = { sentence = sentence, kind = name, operator = operator, value = value, unit = unit, said = unit,
    label = label }
  if name == "goodput" then
    return read_goodput(promise, inside)
  end
  if name == "p" then
    return nil, ("in \"%s\" the metric stands first, as in \"ttft p%s < 500ms\""):format(sentence, inside)
  elseif name ~= "check" then
    return nil, ("no function \"%s\" in \"%s\": goodput(...) or check(...)"):format(name, sentence)
  end
  promise.check = inside:match("^%s*(.-)%s*$")
  if unit ~= "%" or promise.check == "" then
    return nil, ("\"%s\": write check(name) > 95%%"):format(sentence)
  end
  return promise
end

local function read_errors(promise, stat_word)
  if stat_word ~= "" then
    return nil, ("\"%s\": errors are a share and have no \"%s\"; write errors < 0.1%%, or errors < 0.1%% for LABEL"
      ):format(promise.sentence, stat_word)
  elseif promise.unit ~= "%" then
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
    unit = unit, said = unit, label = label }
  if name == "errors" then
    return read_errors(promise, stat_word)
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

-- A value that was judged, in the unit that the sentence has.
function expect.in_unit_of_sentence(promise, value)
  return value and (units.convert(value, promise.unit or "", promise.said) or value)
end

-- A sentence -> { sentence, kind = "metric" | "errors" | "goodput" | "check", metric, stat = "percentile" |
-- "mean" | "min" | "max" | "stddev", p, operator, value, unit (of value; said: as it was written), label (nil:
-- every one), check, conditions }, or nil, message.
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

-- A list of sentences -> a list of what expect.read gives, or nil, message.
function expect.read_all(sentences, own)
  local promises = {}
  for index, sentence in ipairs(sentences) do
    local promise, message = expect.read(sentence, own)
    if not promise then
      return nil, message
    end
    promises[index] = promise
  end
  return promises
end

return expect
