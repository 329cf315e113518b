-- A table of text: columns lined up by display width, numbers on their point.
local core_text = require "core.text"
local text = require "report.text"

local tables = {}

local function split(cell)
  local whole, fraction = cell:match "^(%-?[%d,]*)(%.?%d*)$"
  return whole, fraction
end

-- Pads the cells of a numeric column so that their points stand below each other.
local function line_up(cells, count)
  local widest = 0
  for i = 1, count do
    local _, fraction = split(cells[i])
    widest = math.max(widest, fraction and #fraction or 0)
  end
  for i = 1, count do
    local whole, fraction = split(cells[i])
    if whole and whole ~= "" then
      cells[i] = cells[i] .. (" "):rep(widest - #fraction)
    elseif widest > 0 then
      cells[i] = cells[i] .. (" "):rep(widest)
    end
  end
end

local function column_width(title, cells, count)
  local width = core_text.width(title)
  for i = 1, count do
    width = math.max(width, core_text.width(cells[i]))
  end
  return width
end

-- columns: list of { title, right = true | nil, point = true | nil }; rows: lists of text.
-- Returns lines without trailing spaces.
function tables.lines(columns, rows, gap)
  gap = gap or "  "
  local padded, titles = {}, {}
  for i = 1, #rows do
    padded[i] = {}
  end
  for c, column in ipairs(columns) do
    local cells = {}
    for i, row in ipairs(rows) do
      cells[i] = row[c] or ""
    end
    if column.point then
      line_up(cells, #rows)
    end
    local right = column.right or column.point
    local width = column_width(column.title, cells, #rows)
    titles[c] = text.pad(column.title, width, right)
    for i = 1, #rows do
      padded[i][c] = text.pad(cells[i], width, right)
    end
  end
  local lines = { (table.concat(titles, gap):gsub("%s+$", "")) }
  for i = 1, #rows do
    lines[i + 1] = (table.concat(padded[i], gap):gsub("%s+$", ""))
  end
  return lines
end

return tables
