-- The loads of a run as one table: what was asked of the generator and what it did, what was in flight and what came
-- through, and where there are several the latencies, both from the send and from the schedule.
local ask = require "report.ask"
local client_error = require "report.client_error"
local fit = require "report.fit"
local lists = require "bench.lists"
local number = require "report.number"
local support = require "report.support"
local tables = require "report.table"
local text = require "report.text"

local loads = {}

local MOST_COLUMNS = 4
local LEAST_TITLE = 10 -- columns of a load's name that is cut

-- One row for each load, as db/queries/loads.sql has them.
function loads.read(run)
  return ask.rows("queries/loads", run)
end

local function read_summaries(summary)
  local by_phase, keys = {}, {}
  for _, row in ipairs(summary) do
    local phase = row.phase
    if phase and row.call then
      local this = ("%s\0%s\0%s"):format(row.backend, row.call, row.label or "")
      if not keys[phase] then
        keys[phase], by_phase[phase] = this, {}
      elseif keys[phase] ~= this then
        by_phase[phase] = false
      end
      if by_phase[phase] then
        by_phase[phase][row.metric] = row
      end
    end
  end
  return by_phase
end

local by_document = setmetatable({}, { __mode = "k" }) -- of documents: a soak of a day has a thousand loads

-- Rows of run_summary of a load with one backend, call and label, by metric; nil where there are several.
local function summary_of(document, phase)
  by_document[document] = by_document[document] or read_summaries(document.summary)
  return by_document[document][phase] or nil
end

-- Whether a load's latencies stand in the table of loads, and need none of their own.
function loads.shows(document, phase)
  return #document.phases > 1 and summary_of(document, phase) ~= nil
end

local function from(column)
  return function(row)
    return row[column]
  end
end

-- 0 is not worth a line.
local function above_zero(column)
  return function(row)
    return row[column] and row[column] > 0 and row[column] or nil
  end
end

local facts = {
  { "asked", "/s", from "asked_rate" },
  { "achieved", "/s", from "achieved_rate" },
  { "start lag", "ms p99", from "start_lag_p99_ms" },
  { "in flight", "mean", from "mean_in_flight" },
  { "in flight", "peak", from "peak_in_flight" },
  { "measured", "requests", from "requests" },
  { "failed", "requests", above_zero "failed" },
  { "turned away", "arrivals", above_zero "dropped" },
  { "incomplete", "requests", above_zero "incomplete" },
  { "answers", "/s", from "answers_per_s" },
  { "completed", "tok/s", above_zero "completed_tps" },
  { "delivered", "tok/s", above_zero "delivered_tps" },
}

local latencies = {
  { "TTFT", "ms", "ttft" }, { "TTFT from schedule", "ms", "ttft_sched" }, { "TPOT", "ms", "tpot" },
  { "end to end", "ms", "e2e" }, { "  from schedule", "ms", "e2e_sched" },
}

-- Counts have no decimals.
local function decimals_of(values, count, most)
  for i = 1, count do
    if values[i] and values[i] ~= math.floor(values[i]) then
      return number.decimals(values, count, most)
    end
  end
  return 0
end

local function add(rows, name, unit, values, count, most)
  for i = 1, count do
    if values[i] ~= nil then
      local decimals, row = decimals_of(values, count, most), { name, unit }
      for column = 1, count do
        row[column + 2] = number.visible(values[column], decimals)
      end
      rows[#rows + 1] = row
      return
    end
  end
end

local function add_facts(rows, list)
  for _, fact in ipairs(facts) do
    local values = {}
    for i, load in ipairs(list) do
      values[i] = fact[3](load)
    end
    add(rows, fact[1], fact[2], values, #list)
  end
end

-- How many values the load with the most has.
local function add_latencies(rows, list, document)
  local summaries, most = {}, 0
  for i, load in ipairs(list) do
    summaries[i] = summary_of(document, load.phase) or {}
  end
  for _, latency in ipairs(latencies) do
    for _, statistic in ipairs { { "p50", 1 }, { "p95", support.least.p95 } } do
      local values = {}
      for i = 1, #list do
        local row = summaries[i][latency[3]]
        values[i] = row and row.n >= statistic[2] and row[statistic[1]] or nil
        most = math.max(most, row and row.n or 0)
      end
      add(rows, latency[1], latency[2] .. " " .. statistic[1], values, #list,
        client_error.decimals(document.client_error, latency[2]))
    end
  end
  return most
end

local function title_of(load)
  local label = text.line(load.label)
  local arrivals = load.arrivals and text.line(load.arrivals) or label
  return label == arrivals and label or ("%s  %s"):format(label, arrivals)
end

-- By phase the backend that its load asked, false where it asked several; nothing where the run has one alone.
local function backends_of(document)
  local asked = {}
  for _, row in ipairs(#document.backends > 1 and document.summary or {}) do
    if row.phase then
      local before = asked[row.phase]
      asked[row.phase] = (before == nil or before == row.backend) and row.backend
    end
  end
  return asked
end

-- Of a load for each of several backends its name alone does not tell whose it is.
local function names_of(list, document)
  local asked = backends_of(document)
  return lists.map(list, function(load)
    local label, backend = text.line(load.label), asked[load.phase]
    return (not backend or label:find(backend, 1, true)) and label or backend .. ": " .. label
  end)
end

local function columns_of(list, document)
  local columns = { { title = "" }, { title = "" } }
  for i, name in ipairs(names_of(list, document)) do
    columns[i + 2] = { title = name, right = true }
  end
  return columns
end

-- What stands in the line of a load where there are too many for columns: times in ms, rates per second.
local compact = {
  { "asked", from "asked_rate" }, { "got", from "achieved_rate" }, { "flight", from "mean_in_flight" },
  { "lost", function(row)
    return row.requests and row.failed + row.dropped + row.incomplete
  end },
  { "TTFT p50", "ttft", "p50" }, { "p95", "ttft", "p95" }, { "sched", "ttft_sched", "p95" },
  { "E2E p95", "e2e", "p95" }, { "tok/s", from "completed_tps" },
}

local function statistic_of(document, load, column)
  local row = (summary_of(document, load.phase) or {})[column[2]]
  local least = support.least[column[3]] or 1
  return row and row.n >= least and row[column[3]] or nil
end

-- One line for each load: columns and rows.
local function lines_of(list, document)
  local columns = { { title = "" } }
  local rows = lists.map(names_of(list, document), function(name) return { name } end)
  for c, column in ipairs(compact) do
    columns[c + 1] = { title = column[1], right = true }
    local values = {}
    for i, load in ipairs(list) do
      values[i] = column[3] and statistic_of(document, load, column) or not column[3] and column[2](load) or nil
    end
    local decimals = decimals_of(values, #list)
    for i = 1, #list do
      rows[i][c + 1] = number.visible(values[i], decimals)
    end
  end
  return columns, rows
end

local function print_lines(page, list, document)
  fit.print_table(page, lines_of(list, document))
  page:paragraph("asked, got: visits per second, by the rate and begun (in a short window chance has more or fewer); "
    .. "flight: requests in progress, mean; lost: failed, turned away or incomplete. Latencies in ms from the send; "
    .. "sched: TTFT p95 from the schedule. bench sql --query loads has more.")
end

-- How wide a name of a load may be in the page; nil: as wide as it is.
local function room_of_titles(columns, rows, most)
  if not fit.is_too_wide(columns, rows, most) then
    return nil
  end
  local widths = tables.widths(columns, rows)
  return (most - widths[1] - tables.gap - widths[2]) // (#columns - 2) - tables.gap
end

-- Long names are cut as far as the page is too narrow for them; where little would be left of them, or it is for the
-- numbers, too, the second half of the loads stands below the first.
local function print_columns(page, list, document, are_several)
  local columns, rows = columns_of(list, document), {}
  add_facts(rows, list)
  local values = are_several and add_latencies(rows, list, document) or 0
  local room = room_of_titles(columns, rows, page.columns)
  if room and room < LEAST_TITLE and #list > 1 then
    local half = (#list + 1) // 2
    print_columns(page, table.move(list, 1, half, 1, {}), document, true)
    page:line()
    print_columns(page, table.move(list, half + 1, #list, 1, {}), document, true)
    return
  end
  for c = 3, room and #columns or 0 do
    columns[c].title = text.cut(columns[c].title, room)
  end
  page:table(columns, rows)
  local missing = values > 0 and support.missing(values, { "p95" })
  if missing then
    page:paragraph(missing)
  end
end

function loads.print(page, document)
  local list = loads.read(document.number)
  if #list == 0 then
    return
  end
  page:heading(#list == 1 and "Load " .. title_of(list[1]) or "Loads")
  if #list > MOST_COLUMNS then
    print_lines(page, list, document)
  else
    print_columns(page, list, document, #list > 1)
  end
end

return loads
