-- Promises as test cases, for continuous integration: a broken one is a failure, one that nothing could be said of
-- an error. That requests went well at all is a test case of each backend, call, label and phase.
local core_text = require "core.text"
local embedded = require "core.embedded"
local number = require "report.number"
local promises = require "report.promises"
local run = require "report.run"
local store = require "core.store"

local junit = {}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["\n"] = "&#10;", ["\t"] = "&#9;",
  ["\r"] = "&#13;" }

-- Fit for an attribute; what XML 1.0 has no way to write is replaced.
local function escaped(value)
  local shown = core_text.shown(tostring(value))
  return (shown:gsub("\u{FFFE}", "\u{FFFD}"):gsub("\u{FFFF}", "\u{FFFD}"):gsub('[&<>"\n\t\r]', entities))
end

local function attributes(pairs_of)
  local words = {}
  for _, pair in ipairs(pairs_of) do
    if pair[2] ~= nil then
      words[#words + 1] = ('%s="%s"'):format(pair[1], escaped(pair[2]))
    end
  end
  return table.concat(words, " ")
end

local function whose(scenario, row)
  local words = { scenario }
  words[#words + 1] = row.backend
  words[#words + 1] = row.call
  words[#words + 1] = row.label
  words[#words + 1] = row.phase and "phase " .. row.phase
  return table.concat(words, ".")
end

local function request_cases(document)
  local cases = {}
  for _, group in ipairs(store.query(embedded.text "db/report/groups.sql", document.number)) do
    local case = { name = "requests are answered", class = whose(document.run.scenario, group) }
    if group.ok == 0 then
      case.failure = ("not one of %d went well"):format(group.requests)
    end
    cases[#cases + 1] = case
  end
  return cases
end

local function promise_case(document, row)
  local unit = promises.unit_of(row.sentence)
  local case = { name = row.sentence, class = whose(document.run.scenario, row) }
  local value = row.value and number.short(row.value) .. (unit ~= "" and " " .. unit or "") or row.verdict
  if row.kept == 0 then
    case.failure = "broken: " .. value
  elseif row.kept == nil then
    case.error = ("cannot be judged (%s)"):format(row.verdict or "no data")
  end
  return case
end

local function print_case(case, write)
  write("    <testcase " .. attributes { { "classname", case.class }, { "name", case.name } })
  if case.failure then
    write(">\n      <failure " .. attributes { { "message", case.failure } } .. "/>\n    </testcase>\n")
  elseif case.error then
    write(">\n      <error " .. attributes { { "message", case.error } } .. "/>\n    </testcase>\n")
  else
    write "/>\n"
  end
end

local function print_properties(document, write)
  write "    <properties>\n"
  for _, name in ipairs { "run", "uuid", "label", "seed", "bench_version", "machine", "simulated", "imported",
    "options" } do
    if document.run[name] ~= nil then
      write("      <property " .. attributes { { "name", name }, { "value", document.run[name] } } .. "/>\n")
    end
  end
  write "    </properties>\n"
end

local function suite_of(run_number)
  local document = run.read(run_number)
  local suite = { document = document, cases = request_cases(document), failures = 0, errors = 0 }
  for _, row in ipairs(document.promises) do
    suite.cases[#suite.cases + 1] = promise_case(document, row)
  end
  if document.run.status ~= "done" then
    table.insert(suite.cases, 1, { name = "the run came to its end", class = document.run.scenario,
      error = document.run.status })
  end
  for _, case in ipairs(suite.cases) do
    suite.failures = suite.failures + (case.failure and 1 or 0)
    suite.errors = suite.errors + (case.error and 1 or 0)
  end
  return suite
end

local function print_suite(suite, write)
  local facts = suite.document.run
  write("  <testsuite " .. attributes { { "name", facts.scenario }, { "timestamp", facts.started_at },
    { "time", facts.duration_s and ("%.3f"):format(facts.duration_s) }, { "tests", #suite.cases },
    { "failures", suite.failures }, { "errors", suite.errors } } .. ">\n")
  print_properties(suite.document, write)
  for _, case in ipairs(suite.cases) do
    print_case(case, write)
  end
  write "  </testsuite>\n"
end

function junit.print(runs, write)
  local suites, total = {}, { tests = 0, failures = 0, errors = 0 }
  for i, number_of_run in ipairs(runs) do
    suites[i] = suite_of(number_of_run)
    total.tests = total.tests + #suites[i].cases
    total.failures, total.errors = total.failures + suites[i].failures, total.errors + suites[i].errors
  end
  write '<?xml version="1.0" encoding="UTF-8"?>\n'
  write("<testsuites " .. attributes { { "name", "bench" }, { "tests", total.tests }, { "failures", total.failures },
    { "errors", total.errors } } .. ">\n")
  for _, suite in ipairs(suites) do
    print_suite(suite, write)
  end
  write "</testsuites>\n"
end

return junit
