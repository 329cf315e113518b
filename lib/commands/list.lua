-- bench list
local ask = require "report.ask"
local clock = require "core.clock"
local fit = require "report.fit"
local leftovers = require "report.leftovers"
local lists = require "bench.lists"
local options = require "core.options"
local output = require "core.output"
local number = require "report.number"
local page = require "report.page"
local refusal = require "report.refusal"
local sheet = require "report.sheet"
local text = require "report.text"
local when = require "report.when"

local command = {}

local SCENARIO, BACKENDS, LABEL = 3, 4, 6 -- their columns
local TITLES = 15 -- columns of the titles where the table is turned

local function remarks(row)
  return lists.joined(", ", row.status ~= "done" and row.status,
    row.simulated == 1 and "simulated" or row.imported == 1 and "imported") or ""
end

-- Leaves out the labels where no run has one: a terminal has better use for the room. Returns the columns that may be
-- cut, the first one first.
local function without_labels(columns, lines)
  for _, line in ipairs(lines) do
    if line[LABEL] ~= "" then
      return { LABEL, BACKENDS, SCENARIO }
    end
  end
  table.remove(columns, LABEL)
  for _, line in ipairs(lines) do
    table.remove(line, LABEL)
  end
  return { BACKENDS, SCENARIO }
end

local function print_table(rows, format)
  local title, times = when.column(lists.map(rows, when.of_run), format == "table" and math.floor(clock.wall()))
  local columns = { { title = "run", right = true }, { title = title },
    { title = "scenario" }, { title = "backends" }, { title = "ok", right = true },
    { title = "label" }, { title = "" } }
  local most = format == "table" and fit.columns() or nil
  local lines, widest_label = {}, most and most - TITLES or math.huge
  for i, row in ipairs(rows) do
    lines[i] = { tostring(row.run), times[i],
      text.line(row.scenario), text.cut(text.line(row.backends or ""), 40),
      row.requests and ("%d/%d"):format(row.ok, row.requests) or number.none,
      text.cut(text.line(row.label or ""), widest_label), remarks(row) }
  end
  local spare = most and without_labels(columns, lines) or {}
  if fit.cut(columns, lines, spare, most) then
    page.new(format, output.out):table(columns, lines)
  else
    fit.print_turned(columns, lines, most, output.out)
  end
end

function command.main()
  local since, wrong = when.since(options.since)
  if wrong then
    return 2
  end
  local limit = math.tointeger(tonumber(options.limit))
  if options.limit and (not limit or limit < 1) then
    return refusal.say(("--limit is a whole number above 0, not %s"):format(options.limit))
  end
  leftovers.say()
  local rows = ask.rows("report/list", options.scenario, options.label, since, options.backend, limit)
  local format = options.format or "table"
  if not sheet.is_whole(format) then
    sheet.print(rows, format, output.out)
  elseif #rows == 0 then
    output.out("no run" .. (ask.row("report/run_back", 0) and " fits these filters" or " yet") .. "\n")
  else
    print_table(rows, format)
  end
  return 0
end

return command
