-- Test suites as JUnit has them, for whatever reads those.
local core_text = require "core.text"
local lists = require "bench.lists"

local junit_xml = {}

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

local ends = { "failure", "error", "skipped" }

local function print_case(case, write)
  write("    <testcase " .. attributes { { "classname", case.class }, { "name", case.name } })
  for _, kind in ipairs(ends) do
    if case[kind] then
      write((">\n      <%s %s/>\n    </testcase>\n"):format(kind, attributes { { "message", case[kind] } }))
      return
    end
  end
  write "/>\n"
end

local function print_properties(properties, write)
  write "    <properties>\n"
  for _, property in ipairs(properties) do
    if property[2] ~= nil then
      write("      <property " .. attributes { { "name", property[1] }, { "value", property[2] } } .. "/>\n")
    end
  end
  write "    </properties>\n"
end

local function counts_of(cases)
  local counts = { tests = #cases, failure = 0, error = 0, skipped = 0 }
  for _, case in ipairs(cases) do
    for _, kind in ipairs(ends) do
      counts[kind] = counts[kind] + (case[kind] and 1 or 0)
    end
  end
  return { { "tests", counts.tests }, { "failures", counts.failure }, { "errors", counts.error },
    { "skipped", counts.skipped > 0 and counts.skipped or nil } }
end

local function print_suite(suite, write)
  local named = { { "name", suite.name }, { "timestamp", suite.timestamp },
    { "time", suite.seconds and ("%.3f"):format(suite.seconds) } }
  write(("  <testsuite %s %s>\n"):format(attributes(named), attributes(counts_of(suite.cases))))
  print_properties(suite.properties, write)
  for _, case in ipairs(suite.cases) do
    print_case(case, write)
  end
  write "  </testsuite>\n"
end

-- suites: each { name, timestamp, seconds (or nil), properties = list of { name, value }, cases = list of { name,
-- class, and a message as failure, error or skipped where it did not pass } }.
function junit_xml.print(suites, write)
  local all = {}
  for _, suite in ipairs(suites) do
    lists.append(all, suite.cases)
  end
  write '<?xml version="1.0" encoding="UTF-8"?>\n'
  write(('<testsuites name="bench" %s>\n'):format(attributes(counts_of(all))))
  for _, suite in ipairs(suites) do
    print_suite(suite, write)
  end
  write "</testsuites>\n"
end

return junit_xml
