-- The page of a run, and the same as one JSON document.
local ask = require "report.ask"
local client = require "report.client"
local counts = require "report.counts"
local fit = require "report.fit"
local header = require "report.header"
local json = require "core.json"
local lists = require "bench.lists"
local loads = require "report.loads"
local numbers = require "report.numbers"
local own = require "report.own"
local page = require "report.page"
local promises = require "report.promises"
local rules = require "report.rules"
local run = require "report.run"
local same = require "report.same"
local sheet = require "report.sheet"
local store = require "core.store"
local text = require "report.text"
local vllm = require "report.vllm"
local vllm_block = require "report.vllm_block"

local show = {}

-- What was warned of; a run that never came to its end is judged now.
local function warnings_of(document)
  local list = lists.map(lists.groups(document.warnings, function(row) return row.text end), function(alike)
    return alike[1]
  end)
  local status = document.run.status
  if status == "running" or status == "crashed" then
    for _, warning in ipairs(rules.apply(store.query, ask.row("report/facts", document.number))) do
      list[#list + 1] = warning
    end
  end
  return list
end

-- The text of a warning without the name of its backend, where it stands first ("a" and "one" are words, too): two of
-- one key say the same of two backends.
local function key_of(warning)
  if not warning.backend then
    return warning.text
  end
  local name = warning.backend:gsub("%p", "%%%0")
  return warning.text:gsub("%f[%w]" .. name .. "%f[^%w]", "\0", 1)
end

-- What is said of several backends is said once, of the first.
local function print_warnings(paper, document)
  local list = lists.groups(warnings_of(document), key_of)
  if #list > 0 then
    paper:line()
  end
  for _, alike in ipairs(list) do
    local others = table.concat(lists.column(alike, "backend"), ", ", 2)
    paper:warning(text.line(alike[1].text .. (others ~= "" and (" The same holds of %s."):format(others) or "")))
  end
end

-- Whoever comes from another tool finds its block: a note of the scenario asks for it.
local function print_block(paper, document)
  if vllm.is_asked_for(document.notes) then
    vllm.each(document.number, function(result)
      paper:line()
      paper:verbatim(vllm_block.text(result))
    end)
  end
end

-- paper: as lib/report/page.lua makes it, or lib/report/html_page.lua.
function show.page(number, paper)
  local document = run.read(number)
  header.print(paper, document)
  same.print(paper, document)
  counts.print(paper, document)
  loads.print(paper, document)
  numbers.print(paper, document)
  own.print(paper, document)
  promises.print(paper, document)
  print_warnings(paper, document)
  print_block(paper, document)
  client.print(paper, document)
end

local sections = { "backends", "summary", "phases", "promises", "warnings", "checks", "notes" }

local function print_document(number, write)
  local document = run.read(number)
  write('{"run":' .. sheet.object(document.run, document.run_columns))
  for _, name in ipairs(sections) do
    write(",\n" .. json.string(name) .. ":")
    sheet.array(document[name], write)
  end
  write(',\n"client":' .. sheet.object(client.row(document), client.columns))
  write ',\n"measurements":'
  sheet.print_query(ask.sql "report/measurements", { number }, "array", write)
  write "}\n"
end

-- format: table, md, json; csv and jsonl are the lines of run_summary.
function show.run(number, format, write)
  if format == "json" then
    print_document(number, write)
  elseif format == "csv" or format == "jsonl" then
    sheet.print(ask.rows("report/summary", number), format, write)
  else
    show.page(number, page.new(format, write))
  end
end

-- Columns in which no row has anything are left out of what people read.
local function without_empty(rows)
  local columns = {}
  for _, name in ipairs(rows.columns) do
    for _, row in ipairs(rows) do
      if row[name] ~= nil and row[name] ~= "" then
        columns[#columns + 1] = name
        break
      end
    end
  end
  rows.columns = columns
end

-- What a narrow terminal can do without, the least wanted first.
local SPARE = { "finish", "flags", "phase", "tpot_ms", "round", "label" }

local function print_short(number, format, write)
  local columns = format == "table" and fit.columns()
  sheet.print_tables(ask.sql "report/requests_short", { number }, write, function(rows)
    without_empty(rows)
    local left_out = columns and #rows > 0 and fit.narrow(rows, SPARE, columns) or {}
    local more = columns and fit.print(rows, columns, write) or sheet.print(rows, format, write)
    if #left_out > 0 then
      page.new(format, write):remark(("left out in %d columns: %s"):format(columns, table.concat(left_out, ", ")))
    end
    return more
  end)
  if format == "table" and ask.row("report/run_shown", number).simulated == 1 then
    page.new(format, write):remark "SIMULATED: these numbers show what bench prints, not how fast anything is."
  end
end

-- One row for each request: all of request_metrics, or what fits people.
function show.requests(number, format, write)
  if sheet.is_whole(format) then
    return print_short(number, format, write)
  end
  sheet.print_query(ask.sql "report/requests_whole", { number }, format, write)
end

return show
