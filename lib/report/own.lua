-- Numbers that no table has: what the script itself measured and checked, or the tool that an imported run is of.
local fit = require "report.fit"
local groups = require "report.groups"
local lists = require "bench.lists"
local number = require "report.number"
local numbers = require "report.numbers"
local text = require "report.text"

local own = {}

-- Statistics; another tool may not say how many values they are of.
local of_scripts = { "p50", "mean", "min", "max" }
local of_tools = { "mean", "p50", "p90", "p99", "min", "max" }

local function columns_of(statistics)
  return lists.append({ { title = "" }, { title = "unit" }, { title = "of" }, { title = "n", right = true } },
    lists.map(statistics, function(name) return { title = name, point = true } end))
end

-- By its number where there are several; nil where that says nothing.
local function load_of(document, wanted)
  local phase = #document.phases > 1 and lists.find(document.phases, "phase", wanted)
  return phase and phase.label and text.line(phase.label)
end

local function row_of(document, row, statistics)
  local whose = lists.joined(" ", row.backend, row.label and text.line(row.label), load_of(document, row.phase))
  local cells = { text.line(row.metric), text.line(row.unit or ""), whose or "", tostring(row.n or number.none) }
  for i, name in ipairs(statistics) do
    cells[#cells + 1] = i > 1 and row.n == 1 and "" or number.short(row[name])
  end
  return cells
end

-- Each metric by backend and label as they first came.
local function summary_of(document)
  local rows = lists.filter(document.summary, function(row) return not numbers.known[row.metric] end)
  local labels, metrics, backends = groups.label_places(document), {}, {}
  for place, row in ipairs(rows) do
    metrics[row.metric] = metrics[row.metric] or place
    backends[row.backend or ""] = backends[row.backend or ""] or place
  end
  return lists.sort(rows, function(a, b)
    if a.metric ~= b.metric then
      return metrics[a.metric] < metrics[b.metric]
    elseif a.backend ~= b.backend then
      return backends[a.backend or ""] < backends[b.backend or ""]
    end
    return (labels[a.label] or 0) < (labels[b.label] or 0)
  end)
end

function own.print(page, document)
  local imported = document.run.imported == 1
  local statistics = imported and of_tools or of_scripts
  local rows = lists.map(summary_of(document), function(row) return row_of(document, row, statistics) end)
  if #rows > 0 then
    page:heading(imported and ("As %s defines them"):format(text.line(document.run.scenario))
      or "Measured by the script")
    fit.print_table(page, columns_of(statistics), rows)
  end
  if #document.checks > 0 then
    page:heading "Checked by the script"
  end
  for _, row in ipairs(document.checks) do
    page:item(("%s: %d of %d passed%s"):format(text.line(row.name), row.passed, row.n,
      row.backend and " (" .. row.backend .. ")" or ""))
  end
end

return own
