-- A table with a head line (RFC 4180): a list of { column = text }, and the columns in order.
local core_text = require "core.text"
local fields = require "bench.csv"

local csv = {}

-- One record from `start`: its cells and where the next one begins, or nil at an open quote.
local function record(text, start)
  local cells, at = {}, start
  while true do
    local cell
    if text:byte(at) == 34 then
      cell, at = fields.quoted(text, at)
    else
      cell, at = text:match("^([^,\r\n]*)()", at)
    end
    if not cell then
      return nil
    end
    cells[#cells + 1] = cell
    local mark = text:sub(at, at)
    if mark ~= "," then
      return cells, text:match("^\r?\n?()", at), mark == "" or mark == "\n" or mark == "\r"
    end
    at = at + 1
  end
end

-- rows, columns; nil when the text is no such table. cut_off: called where the last record is not whole; without it
-- such a table is none.
function csv.rows(text, cut_off)
  text = core_text.clean(text)
  local columns, at, whole = record(text, 1)
  if not columns or not whole or #columns < 2 then
    return nil
  end
  local rows = {}
  while at <= #text do
    local cells
    cells, at, whole = record(text, at)
    local is_last = not cells or at > #text
    local fits = cells and whole and (#cells == #columns or #cells == 1 and cells[1] == "")
    if not fits and is_last and cut_off then
      cut_off()
      return rows, columns
    elseif not fits then
      return nil
    elseif #cells == #columns then
      local row = {}
      for i, name in ipairs(columns) do
        row[name] = cells[i]
      end
      rows[#rows + 1] = row
    end
  end
  return rows, columns
end

return csv
