-- What each sentence of `expect` and `slo` comes to, from the raw rows.
local figures = require "figures"

local promises = {}

local operators = {
  ["<"] = function(a, b) return a < b end,
  ["<="] = function(a, b) return a <= b end,
  [">"] = function(a, b) return a > b end,
  [">="] = function(a, b) return a >= b end,
}

local to_ms = { us = 0.001, ms = 1, s = 1000 }
local planned = { ttft = true, ttfc = true, e2e = true } -- counted from the plan where there is one

-- "ttft p95 < 15ms for zh"
local function read(sentence)
  local called, rest = sentence:match "^(%w+%b())(.*)$"
  local what, operator, number, unit, label = (rest or sentence):match "^(.-)%s*([<>]=?)%s*([%d.]+)%s*(%S*)%s*(.*)$"
  if unit == "for" then
    unit, label = "", "for " .. label
  end
  local name, inside = (called or ""):match "^(%w+)%((.*)%)$"
  local metric, statistic = what:match "^([%w_]+)%s*(%w*)$"
  return { name = name or metric, inside = inside, statistic = statistic, holds = operators[operator],
    bound = tonumber(number), unit = unit, scale = to_ms[unit] or 1, label = label:match "^for (.+)$" }
end

local function value_of(one, name)
  local value = one.values[name]
  return value and planned[name] and value + (one.values.wait or 0) or value
end

local function is_good(one, conditions)
  for condition in (conditions .. ","):gmatch "%s*([^,]+)," do
    local wanted = read(condition)
    local value = value_of(one, wanted.name)
    if value and not wanted.holds(value, wanted.bound * wanted.scale) then
      return false
    end
  end
  return one.outcome == "ok"
end

-- hits and all among the requests of a group and the arrivals that nobody was asked for.
local function shares(promise, group)
  local hits, all = 0, 0
  for _, one in ipairs(group.requests) do
    local counts = one.outcome ~= "cancelled" and (promise.name == "goodput" or one.outcome ~= "incomplete")
    local hit = promise.name == "errors" and one.outcome ~= "ok"
      or promise.name == "goodput" and is_good(one, promise.inside)
    all, hits = all + (counts and 1 or 0), hits + (counts and hit and 1 or 0)
  end
  local dropped = group.dropped
  return promise.name == "errors" and hits + dropped or hits, all + dropped
end

-- Whether any that went well had a value of a condition.
local function is_measured(conditions, group)
  for condition in (conditions .. ","):gmatch "%s*([^,]+)," do
    for _, one in ipairs(group.requests) do
      if one.outcome == "ok" and value_of(one, read(condition).name) then
        return true
      end
    end
  end
  return false
end

local function values_of(promise, group)
  local values = {}
  for _, one in ipairs(group.requests) do
    local list = promise.name == "icl" and one.icl or promise.name == "itl" and one.itl
      or { value_of(one, promise.name) }
    if one.counted then
      table.move(list, 1, #list, #values + 1, values)
    end
  end
  return values
end

local function of_values(promise, values)
  if #values == 0 then
    return nil
  end
  local statistic = promise.statistic == "median" and "p50" or promise.statistic
  local p = tonumber(statistic:match "^p(%d+)$")
  return figures.of(values)[statistic], p and (p / 100) ^ #values > 0.05
end

-- Outside of loads: from the first start to the last end, s.
local function span(requests)
  local from, to = math.huge, -math.huge
  for _, one in ipairs(requests) do
    from, to = math.min(from, one.started or from), math.max(to, one.ended or to)
  end
  return to - from
end

-- -> value in the unit of the sentence, kept, verdict
local function judge(promise, group)
  local value, too_few
  if promise.name == "errors" or promise.name == "goodput" then
    local hits, all = shares(promise, group)
    value = all > 0 and 100 * hits / all or nil
    if promise.name == "goodput" and hits > 0 and not is_measured(promise.inside, group) then
      value = nil
    end
    if value and promise.unit == "/s" then
      local seconds = group.seconds or span(group.requests)
      value = seconds > 0 and hits / seconds or nil
    end
  elseif promise.name == "check" then
    local passed = group.checks[promise.inside] or {}
    value = #passed > 0 and 100 * figures.sum(passed) / #passed or nil
  elseif promise.own then
    value, too_few = of_values(promise, group.own)
  else
    value, too_few = of_values(promise, values_of(promise, group))
  end
  value = value and value / (promise.own and 1 or promise.scale)
  if value == nil then
    return nil, nil, "no data"
  end
  local holds = promise.holds(value, promise.bound)
  if too_few then
    return value, nil, "too few"
  end
  return value, holds and 1 or 0, holds and "kept" or "broken"
end

local function key_of(phase, backend, label)
  return ("%s|%s|%s"):format(phase or "", backend or "", label or "")
end

promises.key_of = key_of

-- Gives the group of (phase, backend, label), made where it is asked for first; and the list of them:
-- { requests, own, checks, dropped, seconds }
local function new_groups(phases)
  local by_key, list = {}, {}
  local function group_of(phase, backend, label)
    local key = key_of(phase, backend, label)
    if not by_key[key] then
      local row = phases[phase]
      by_key[key] = { phase = phase, backend = backend, label = label, requests = {}, own = {}, checks = {},
        dropped = 0, seconds = row and row.t_ended and (row.t_ended - row.t_started) / 1e9 }
      list[#list + 1] = by_key[key]
    end
    return by_key[key]
  end
  return group_of, list
end

-- What was dropped has no backend: every group of its phase has it, and where there is none, one by itself.
local function add_dropped(count, phase, group_of, list)
  local any = false
  for _, one in ipairs(list) do
    if one.phase == phase then
      one.dropped, any = count, true
    end
  end
  if not any then
    group_of(phase, nil, nil).dropped = count
  end
end

-- -> how many of each phase were dropped.
local function add_requests(found, group_of)
  local dropped = {}
  for _, one in ipairs(found.requests) do
    if one.kind == "measure" and one.outcome == "dropped" then
      dropped[one.phase] = (dropped[one.phase] or 0) + 1
    elseif one.kind == "measure" then
      table.insert(group_of(one.phase, one.backend, one.label).requests, one)
    end
  end
  return dropped
end

local function add_own(found, group_of)
  for _, row in ipairs(found.metrics) do
    local one = found.by_seq[row.seq]
    if row.name == "seen" and one and one.kind == "measure" and one.row.cold_start ~= 1 then
      table.insert(group_of(one.phase, one.backend, row.label or one.label).own, row.value)
    end
  end
end

local function add_checks(found, group_of)
  for _, row in ipairs(found.checks) do
    local one = found.by_seq[row.seq]
    if one.kind == "measure" then
      local checks = group_of(one.phase, one.backend, one.label).checks
      checks[row.name] = checks[row.name] or {}
      table.insert(checks[row.name], row.passed)
    end
  end
end

-- What was measured, by (phase, backend, label).
local function groups_of(found)
  local group_of, list = new_groups(found.phases)
  local dropped = add_requests(found, group_of)
  add_own(found, group_of)
  add_checks(found, group_of)
  for phase, count in pairs(dropped) do
    add_dropped(count, phase, group_of, list)
  end
  return list
end

-- What embeddings and plain HTTP requests have, too.
local of_any = { errors = true, e2e = true, e2e_sched = true, wait = true, connect = true, headers = true }

-- Whether it asks nothing but what a model's answer has, of requests that are none.
local function is_beside(promise, group)
  for condition in ((promise.name == "goodput" and promise.inside or promise.name) .. ","):gmatch "%s*([%w_]+)[^,]*," do
    if of_any[condition] then
      return false
    end
  end
  for _, one in ipairs(group.requests) do
    if one.call == "chat" or one.call == "complete" then
      return false
    end
  end
  return #group.requests > 0
end

local function concerns(promise, group)
  if promise.label and promise.label ~= group.label then
    return false
  elseif promise.name == "check" then
    return group.checks[promise.inside] ~= nil
  elseif promise.own then
    return #group.own > 0
  end
  return not is_beside(promise, group)
end

-- Every row that the sentences should have: a list of { sentence, phase, backend, label, value, kept, verdict }.
-- phase: only that one's groups; nil: all.
function promises.expected(found, sentences, phase)
  local list = {}
  for _, sentence in ipairs(sentences) do
    local promise, any = read(sentence), false
    promise.own = promise.name == "seen"
    for _, group in ipairs(groups_of(found)) do
      if (phase == nil or phase == group.phase) and concerns(promise, group) then
        any = true
        local value, kept, verdict = judge(promise, group)
        list[#list + 1] = { sentence = sentence, phase = group.phase, backend = group.backend, label = group.label,
          value = value, kept = kept, verdict = verdict }
      end
    end
    if not any then
      list[#list + 1] = { sentence = sentence, phase = phase, verdict = "no data" }
    end
  end
  return list
end

return promises
