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
  local list, places, metric_places = {}, {}, {}
  for _, row in ipairs(document.summary) do
    if not numbers.known[row.metric] then
      list[#list + 1], places[row] = row, #list
      metric_places[row.metric] = metric_places[row.metric] or #list
    end
  end
  local labels = groups.label_places(document)
  table.sort(list, function(a, b)
    if a.metric ~= b.metric then
      return metric_places[a.metric] < metric_places[b.metric]
    elseif a.backend ~= b.backend or a.label == b.label then
      return places[a] < places[b]
    end
    return (labels[a.label] or 0) < (labels[b.label] or 0)
  end)
  return list
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
