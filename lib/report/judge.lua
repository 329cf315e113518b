-- Judges a script's promises on the kept rows, for each backend and label by itself.
local ask = require "report.ask"
local expect = require "bench.expect"
local gaps = require "bench.gaps"
local json = require "core.json"
local units = require "bench.units"

local judge = {}

local function gaps_of(run, group, name)
  local rows = ask.rows("report/judged_events", run, group.backend, group.label, group.phase)
  local all = {}
  for _, row in ipairs(rows) do
    local times, tokens = json.decode(row.t), row.n and json.decode(row.n)
    local list = name == "icl" and gaps.between_events(times) or gaps.between_tokens(times, tokens, row.counted)
    table.move(list, 1, #list, #all + 1, all)
  end
  return all
end

local function seconds_of(run, group)
  local phase = group.phase and ask.row("report/phases", run, group.phase)
  return phase and phase.seconds
    or ask.row("report/judged_seconds", run, group.backend, group.label, group.phase).seconds
end

-- The script's own numbers of a group: name -> list of values in the unit that came first.
local function own_values(run, group, own)
  local lists = {}
  for _, metric in ipairs(own) do
    lists[metric.name] = {}
    for _, row in ipairs(ask.rows("report/judged_own", run, metric.name, group.backend, group.label, group.phase)) do
      table.insert(lists[metric.name], units.convert(row.value, row.unit or "", metric.unit))
    end
  end
  return lists
end

local function checks_of(run, group, name)
  return ask.rows("report/judged_checks", run, name, group.backend, group.label, group.phase)
end

local function groups_of(run, promise)
  local rows
  if promise.kind == "check" then
    rows = ask.rows("report/judged_groups_check", run, promise.check)
  elseif promise.kind == "metric" and promise.metric.own then
    rows = ask.rows("report/judged_groups_own", run, promise.metric.name)
  else
    rows = ask.rows("report/judged_groups", run)
  end
  local groups = {}
  for _, row in ipairs(rows) do
    if promise.label == nil or promise.label == row.label then
      groups[#groups + 1] = row
    end
  end
  return groups
end

local function data_of(run, group, promise, own)
  return {
    requests = ask.rows("report/judged_requests", run, group.backend, group.label, group.phase),
    gaps = function(name)
      return gaps_of(run, group, name)
    end,
    checks = promise.kind == "check" and checks_of(run, group, promise.check) or nil,
    measured = own_values(run, group, own),
    seconds = seconds_of(run, group),
  }
end

local function judged(run, sentence, own)
  local promise = expect.read(sentence, own)
  local results = {}
  for _, group in ipairs(promise and groups_of(run, promise) or {}) do
    local value, kept, verdict = expect.judge(promise, data_of(run, group, promise, own))
    results[#results + 1] = { sentence = sentence, backend = group.backend, label = group.label, phase = group.phase,
      value = expect.in_unit_of_sentence(promise, value), kept = kept, verdict = verdict }
  end
  if #results == 0 then
    results[1] = { sentence = sentence, verdict = "no data" }
  end
  return results
end

-- A list of { sentence, backend, label, phase, value, kept, verdict } for the sentences of a run.
function judge.promises(run, sentences)
  local own, all = #sentences > 0 and ask.rows("report/own_metrics", run), {}
  for _, sentence in ipairs(sentences) do
    for _, result in ipairs(judged(run, sentence, own)) do
      all[#all + 1] = result
    end
  end
  return all
end

return judge
