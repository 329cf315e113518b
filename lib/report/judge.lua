-- Judges a script's promises on the kept rows, for each backend, label and phase by itself: all of them in one reading
-- of the requests, one of what the script measured, and so on.
local ask = require "report.ask"
local expect = require "bench.expect"
local gaps = require "bench.gaps"
local json = require "core.json"
local lists = require "bench.lists"
local promise_tally = require "bench.promise_tally"
local units = require "bench.units"

local judge = {}

-- Which rows a promise is judged by.
local function source_of(promise)
  if promise.kind == "check" then
    return "checks"
  elseif promise.kind == "metric" and promise.metric.own then
    return "own"
  end
  return promise.kind == "metric" and promise.metric.gaps and "events" or "requests"
end

local function key_of(row)
  return ("%s\0%s\0%s"):format(row.backend or "", row.label or "", row.phase or "")
end

local function is_about(promise, row)
  return (promise.label == nil or promise.label == row.label)
    and (row.name == nil or row.name == promise.check or promise.metric ~= nil and row.name == promise.metric.name)
end

-- What a promise has seen of whom a row is of; nil where it is not about that.
local function tally_of(judged, row, key)
  if not is_about(judged.promise, row) then
    return nil
  end
  local group = judged.by_key[key]
  if not group then
    group = { backend = row.backend, label = row.label, phase = row.phase, tally = promise_tally.new(judged.promise) }
    judged.by_key[key] = group
    table.insert(judged.groups, group)
  end
  return group.tally
end

-- add(tally, row) for each row of a question and each promise that it is about.
local function read(question, run, list, add)
  if #list == 0 then
    return
  end
  ask.each("report/" .. question, { run }, function(row)
    local key = key_of(row)
    for _, judged in ipairs(list) do
      local tally = tally_of(judged, row, key)
      if tally then
        add(tally, row)
      end
    end
  end)
end

-- Arrivals that were turned away are of nobody: they count for all in their load, and where all were, for that load.
-- -> phase -> how many
local function read_dropped(run, list)
  local dropped = {}
  for _, row in ipairs(ask.rows("report/judged_dropped", run)) do
    dropped[row.phase] = row.n
    for _, judged in ipairs(row.were_all == 1 and list or {}) do
      tally_of(judged, { phase = row.phase }, key_of(row))
    end
  end
  return dropped
end

local function add_gaps(tally, row)
  local times, tokens = json.decode(row.t), row.n and json.decode(row.n)
  tally:add_request(row, tally.promise.metric.name == "icl" and gaps.between_events(times)
    or gaps.between_tokens(times, tokens, row.counted))
end

local function add_request(tally, row)
  tally:add_request(row)
end

local function add_own(tally, row)
  local value = units.convert(row.value, row.unit or "", tally.promise.metric.unit)
  if value then
    tally:add_value(value)
  end
end

local function add_check(tally, row)
  tally:add_check(row.passed)
end

local function seconds_of(run, group)
  local phase = group.phase and ask.row("report/phases", run, group.phase)
  return phase and phase.seconds
    or ask.row("report/judged_seconds", run, group.backend, group.label, group.phase).seconds
end

-- Loads in the order in which they began: which of two at once had the first answer is chance.
local function in_order(judged)
  return lists.sort(judged.groups, function(a, b) return (a.phase or 0) < (b.phase or 0) end)
end

local function results_of(run, judged, dropped)
  local results = {}
  for _, group in ipairs(in_order(judged)) do
    if not group.tally:is_beside() then
      local seconds = judged.promise.kind == "goodput" and seconds_of(run, group) or nil
      local value, kept, verdict = group.tally:result(seconds, dropped[group.phase])
      results[#results + 1] = { sentence = judged.sentence, backend = group.backend, label = group.label,
        phase = group.phase, value = expect.in_unit_of_sentence(judged.promise, value), kept = kept, verdict = verdict }
    end
  end
  return #results > 0 and results or { { sentence = judged.sentence, verdict = "no data" } }
end

-- A list of { sentence, backend, label, phase, value, kept, verdict } for the sentences of a run, at least one.
function judge.promises(run, sentences)
  local own, all = ask.rows("report/own_metrics", run), {}
  local by_source = { requests = {}, events = {}, own = {}, checks = {} }
  local list = lists.map(sentences, function(sentence)
    local judged = { sentence = sentence, promise = expect.read(sentence, own), groups = {}, by_key = {} }
    table.insert(judged.promise and by_source[source_of(judged.promise)] or {}, judged)
    return judged
  end)
  lists.append(by_source.requests, by_source.events)
  read("judged_requests", run, by_source.requests, add_request)
  read("judged_events", run, by_source.events, add_gaps)
  read("judged_own", run, by_source.own, add_own)
  read("judged_checks", run, by_source.checks, add_check)
  local dropped = read_dropped(run, by_source.requests)
  for _, judged in ipairs(list) do
    lists.append(all, results_of(run, judged, dropped))
  end
  return all
end

return judge
