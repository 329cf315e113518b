-- A comparison as test cases: that it is one experiment, and of each metric that it did not become worse.
local against = require "report.against"
local junit = require "report.junit"
local junit_xml = require "report.junit_xml"

local compare_junit = {}

local function experiment_case(document, pair, strict)
  local case = { name = "it is the same experiment", class = document.scenario .. "." .. pair.new.backend }
  local words = pair.nameless and "nothing is known about either backend"
    or #pair.reasons > 0 and table.concat(pair.reasons, ", ") .. " differs"
  case[strict and "failure" or "skipped"] = words or nil
  return case
end

local function only_case(document, one)
  return { name = "both have it", class = document.scenario .. "." .. (one.backend or one.metric),
    skipped = ("only in run %d"):format(one.run) }
end

-- limit: by how much a metric may be worse (a share). strict: another experiment is a failure.
function compare_junit.print(document, limit, strict, write)
  local cases = {}
  for i, pair in ipairs(document.pairs) do
    cases[i] = experiment_case(document, pair, strict)
  end
  for _, promise in ipairs(against.promises(document, limit)) do
    cases[#cases + 1] = junit.promise_case(document.scenario, promise)
  end
  for _, one in ipairs(document.only) do
    cases[#cases + 1] = only_case(document, one)
  end
  junit_xml.print({ { name = ("%s, run %d against run %d"):format(document.scenario, document.new_run,
    document.base_run), properties = { { "base", document.base_run }, { "new", document.new_run } }, cases = cases } },
    write)
end

return compare_junit
