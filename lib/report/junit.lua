-- Promises as test cases, for continuous integration: a broken one is a failure, one that nothing could be said of
-- an error. That requests went well at all is a test case of each backend, call, label and phase.
local ask = require "report.ask"
local junit_xml = require "report.junit_xml"
local lists = require "bench.lists"
local number = require "report.number"
local promises = require "report.promises"
local run = require "report.run"

local junit = {}

local facts = { "run", "uuid", "label", "seed", "bench_version", "machine", "simulated", "imported", "options" }

-- loads: the label of each, by phase; nil where no load has a part in it.
local function whose(scenario, row, loads)
  return lists.joined(".", scenario, row.backend, row.call, row.label, row.phase and loads[row.phase])
end

local function request_cases(document, loads)
  local cases = {}
  for _, group in ipairs(ask.rows("report/groups", document.number)) do
    local case = { name = "requests are answered", class = whose(document.run.scenario, group, loads) }
    if group.requests == 0 then
      case.skipped = "all were cancelled as planned"
    elseif group.ok == 0 then
      case.failure = ("not one of %d went well"):format(group.requests)
    end
    cases[#cases + 1] = case
  end
  return cases
end

-- A promise as lib/report/judge.lua gives it, of a run of this scenario.
function junit.promise_case(scenario, row, loads)
  local unit = promises.unit_of(row.sentence)
  local case = { name = row.sentence, class = whose(scenario, row, loads) }
  local value = row.value and number.short(row.value) .. (unit ~= "" and " " .. unit or "") or row.verdict
  if row.kept == 0 then
    case.failure = "broken: " .. value
  elseif row.kept == nil then
    case.error = ("cannot be judged (%s)"):format(row.verdict or "no data")
  end
  return case
end

-- Why the run did not come to its end, or measured nobody; or nil.
local function shortfall(document)
  local words = { document.run.status ~= "done" and document.run.status or nil }
  for _, warning in ipairs(document.warnings) do
    if warning.code == "script_failed" or warning.code == "absent" and document.run.requests == 0 then
      words[#words + 1] = warning.text
    end
  end
  return words[1] and table.concat(words, "; ")
end

local function suite_of(run_number)
  local document, properties = run.read(run_number), {}
  for i, name in ipairs(facts) do
    properties[i] = { name, document.run[name] }
  end
  local loads = promises.loads_of(document)
  local cases = request_cases(document, loads)
  for _, row in ipairs(document.promises) do
    cases[#cases + 1] = junit.promise_case(document.run.scenario, row, loads)
  end
  local problem = shortfall(document)
  if problem then
    table.insert(cases, 1, { name = "the run came to its end", class = document.run.scenario, error = problem })
  end
  return { name = document.run.scenario, timestamp = document.run.started_at, seconds = document.run.duration_s,
    properties = properties, cases = cases }
end

function junit.print(runs, write)
  junit_xml.print(lists.map(runs, suite_of), write)
end

return junit
