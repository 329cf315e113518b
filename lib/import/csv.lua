-- A table with a head line (RFC 4180): a list of { column = text }, and the columns in order.
local core_text = require "core.text"

local csv = {}

-- One record from `start`: its cells and where the next one begins, or nil at an open quote.
local function record(text, start)
  local cells, at = {}, start
  while true do
    local cell
    if text:sub(at, at) == '"' then
      local stop = at
      repeat
        stop = text:find('"', stop + 1, true)
        local doubled = stop and text:sub(stop + 1, stop + 1) == '"'
        stop = doubled and stop + 1 or stop
      until not doubled
      if not stop then
        return nil
      end
      cell, at = text:sub(at + 1, stop - 1):gsub('""', '"'), stop + 1
    else
      cell, at = text:match("^([^,\r\n]*)()", at)
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
