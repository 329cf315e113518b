-- Rows of a query in every format. A sheet is what core.store.query returns: a list of rows
-- { name = value } and `columns`, the names in order; nil is null.
local core_sheet = require "core.sheet"
local core_text = require "core.text"
local number = require "report.number"
local output = require "core.output"
local store = require "core.store"
local tables = require "report.table"
local text = require "report.text"

local sheet = {}

local CELL = 60 -- columns of a text in a table
local PIECE = 10000 -- rows of one table, which has to know all of them: a column is as wide as its widest cell

local function is_number(value)
  return math.type(value) ~= nil
end

local function is_finite(value)
  return value == value and value ~= math.huge and value ~= -math.huge
end

-- Shortest text that reads back the same; whole numbers never with an exponent; nil for NaN and infinity.
sheet.number = core_sheet.number

-- One row as a JSON object, keys in the order of the columns.
function sheet.object(row, columns)
  return core_sheet.row("json", columns, row)
end

-- How rows become one text: what stands before the first, between two and behind the last; what it is without any.
local frames = {
  csv = { cells = "csv", before = "", between = "\n", behind = "\n" },
  jsonl = { cells = "json", before = "", between = "\n", behind = "\n", empty = "" },
  json = { cells = "json", before = "[", between = ",\n", behind = "]\n", empty = "[]\n" },
  array = { cells = "json", before = "[", between = ",\n", behind = "]", empty = "[]" },
}

-- On a terminal rows have no colours, which are a page's: a stranger's would be obeyed.
local function plainly(write)
  if write ~= output.out or not output.is_terminal "stdout" then
    return write
  end
  return function(piece)
    return write(core_text.shown(piece))
  end
end

-- each(take) calls take with every piece of the rows' text, and returns whether they have columns.
local function framed(frame, each, given)
  local before, any, write = frame.before, false, plainly(given)
  local has_columns = each(function(piece)
    local start = before
    before, any = "", true
    return write(start .. piece)
  end)
  if has_columns then
    write(any and frame.behind or frame.empty)
  end
end

local function over(rows, frame)
  return function(take)
    local before = ""
    if frame.cells == "csv" then
      local names = {}
      for _, name in ipairs(rows.columns) do
        names[name] = name
      end
      take(core_sheet.row("csv", rows.columns, names))
      before = frame.between
    end
    for _, row in ipairs(rows) do
      take(before .. core_sheet.row(frame.cells, rows.columns, row))
      before = frame.between
    end
    return true
  end
end

-- A JSON array of the rows, without a newline at its end.
function sheet.array(rows, write)
  framed(frames.array, over(rows, frames.array), write)
end

local function all_numbers(rows, name)
  local any = false
  for _, row in ipairs(rows) do
    local value = row[name]
    if value ~= nil and not is_number(value) then
      return false
    end
    any = any or value ~= nil
  end
  return any
end

local function is_fraction(value)
  return math.type(value) == "float" and is_finite(value)
end

-- Decimals that a column needs, three at most.
local function decimals_of(rows, name)
  local most = 0
  for _, row in ipairs(rows) do
    if is_fraction(row[name]) then
      most = math.max(most, #string.format("%.3f", row[name]):match "%.(%d-)0*$")
    end
  end
  return most
end

local function shown(value, decimals)
  if value == nil then
    return number.none
  elseif is_fraction(value) and math.abs(value) < number.longest then
    return number.visible(value, decimals)
  elseif is_number(value) then
    return sheet.number(value) or number.none
  end
  return text.cut(text.line(value), CELL)
end

-- What a table shows of the rows: columns and lines of text as report.table takes them.
function sheet.cells(rows)
  local columns, lines = {}, {}
  for i = 1, #rows do
    lines[i] = {}
  end
  for c, name in ipairs(rows.columns) do
    columns[c] = { title = text.line(name), point = all_numbers(rows, name) or nil }
    local decimals = decimals_of(rows, name)
    for i, row in ipairs(rows) do
      lines[i][c] = shown(row[name], decimals)
    end
  end
  return columns, lines
end

-- All rows as lines of a table; lines_of: one of report.table's.
local function whole_by(lines_of)
  return function(rows, write)
    local more
    for _, line in ipairs(lines_of(sheet.cells(rows))) do
      more = write(line .. "\n")
    end
    return more
  end
end

local whole = { table = whole_by(tables.lines), md = whole_by(tables.markdown) }

-- Whether a format needs all rows at once.
function sheet.is_whole(format)
  return whole[format] ~= nil
end

-- The rows of a query, for tables: print(rows) with so many at a time, once where there are none, never for a statement
-- that has none to give; a blank line between two. false from it ends that.
function sheet.print_tables(sql, parameters, write, print)
  local rows, more = {}, nil
  local names = store.each(sql, parameters, function(row, columns)
    if #rows == PIECE then
      rows.columns = columns
      more = print(rows) ~= false and write "\n"
      rows = {}
    end
    rows[#rows + 1] = row
    return more
  end)
  rows.columns = names
  if more ~= false and #names > 0 then
    print(rows)
  end
end

-- Writes the rows of a query with `write(text)` as they come, in csv, json, jsonl, or as an array; nothing for a
-- statement that has none to give. false from it ends that.
function sheet.print_query(sql, parameters, format, write)
  local frame = frames[format]
  framed(frame, function(take)
    return store.text(sql, parameters, frame.cells, frame.between, take) > 0
  end, write)
end

-- Writes the rows with `write(text)`; of a table what it returned last.
function sheet.print(rows, format, write)
  if whole[format] then
    return whole[format](rows, write)
  end
  framed(frames[format], over(rows, frames[format]), write)
end

return sheet
