-- Rows in the width of a terminal. A pipe or a file takes any width.
local output = require "core.output"
local sheet = require "report.sheet"
local tables = require "report.table"
local text = require "report.text"

local fit = {}

local LEAST = 10 -- columns of a text that is cut
local LEAST_LAST = 16 -- and of the last one, as long as columns can be left out

-- Columns of the terminal that stdout is, or nil.
function fit.columns()
  return output.is_terminal "stdout" and output.columns() or nil
end

local function width_of(widths)
  local width = tables.gap * (#widths - 1)
  for _, each in ipairs(widths) do
    width = width + each
  end
  return width
end

-- columns and lines as report.table takes them; most: columns of the terminal, nil where all fits.
function fit.is_too_wide(columns, lines, most)
  return most ~= nil and width_of(tables.widths(columns, lines)) > most
end

-- Lines `first` to `last` beside each other, a name before its values: columns and lines of such a table.
local function turned(columns, lines, first, last)
  local names, rows = { { title = "" } }, {}
  for i = first, last do
    names[#names + 1] = { title = "" }
    for c, column in ipairs(columns) do
      rows[c] = rows[c] or { column.title }
      table.insert(rows[c], lines[i][c] and lines[i][c]:match "^ *(.*)$")
    end
  end
  return names, rows
end

-- The last of the lines from `first` on that have room beside it.
local function last_beside(columns, lines, first, most)
  local last = first
  while last < #lines do
    local names, rows = turned(columns, lines, first, last + 1)
    if fit.is_too_wide(names, rows, most) then
      break
    end
    last = last + 1
  end
  return last
end

-- Lines beside each other, as many as have room, block after block; what `write` returned last. columns and
-- lines as report.table takes them.
function fit.print_turned(columns, lines, most, write)
  local first, more = 1, nil
  while first <= #lines do
    local last = last_beside(columns, lines, first, most)
    local printed = tables.lines(turned(columns, lines, first, last)) -- the first line is empty: no titles
    more = write(table.concat(printed, "\n", first == 1 and 2 or 1) .. "\n")
    first = last + 1
  end
  return more
end

-- As a table; where that would be wider than so many columns, turned by a quarter. What `write` returned last.
function fit.print(rows, columns, write)
  local titles, lines = sheet.cells(rows)
  if fit.is_too_wide(titles, lines, columns) then
    return fit.print_turned(titles, lines, columns, write)
  end
  return sheet.print(rows, "table", write)
end

-- A table of a page (lib/report/page.lua, or its like), turned where the terminal is too narrow for it.
function fit.print_table(page, columns, lines)
  local most = page.columns and fit.columns()
  if fit.is_too_wide(columns, lines, most) then
    fit.print_turned(columns, lines, most, page.write)
  else
    page:table(columns, lines)
  end
end

local function find(names, wanted)
  for c, name in ipairs(names) do
    if name == wanted then
      return c
    end
  end
end

-- Cuts the texts of the columns `spare`, the first one first, as far as the lines need to fit, and says whether they
-- fit then; where LEAST columns of each are too many still, nothing is cut.
function fit.cut(columns, lines, spare, most)
  local widths, rooms = tables.widths(columns, lines), {}
  local over = math.max(0, width_of(widths) - (most or math.huge))
  for _, c in ipairs(spare) do
    rooms[c] = math.max(math.min(LEAST, widths[c]), widths[c] - over)
    over = over - (widths[c] - rooms[c])
  end
  if over > 0 then
    return false
  end
  for _, line in ipairs(lines) do
    for c, room in pairs(rooms) do
      line[c] = text.cut(line[c], room)
    end
  end
  return true
end

-- Leaves out columns of those in `spare`, the first one first, until the last column has room, and cuts that; returns
-- the names that were left out.
function fit.narrow(rows, spare, columns)
  local widths = tables.widths(sheet.cells(rows))
  widths[#widths] = 0
  local left_out = {}
  for _, name in ipairs(spare) do
    local c = find(rows.columns, name)
    if c and width_of(widths) + LEAST_LAST > columns then
      table.remove(widths, c)
      left_out[#left_out + 1] = table.remove(rows.columns, c)
    end
  end
  local last, room = rows.columns[#rows.columns], columns - width_of(widths)
  room = room < LEAST and LEAST_LAST or room
  for _, row in ipairs(rows) do
    row[last] = row[last] and text.cut(text.line(row[last]), room)
  end
  return left_out
end

return fit
