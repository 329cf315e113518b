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

local GAP = "  "

-- The cells of each column, padded to its width; then the titles and the widths.
local function padded(columns, rows)
  local padded_cells, titles, widths = {}, {}, {}
  for c, column in ipairs(columns) do
    local cells = {}
    for i, row in ipairs(rows) do
      cells[i] = row[c] or ""
    end
    if column.point then
      line_up(cells, #rows)
    end
    local right = column.right or column.point
    widths[c] = column_width(column.title, cells, #rows)
    titles[c] = text.pad(column.title, widths[c], right)
    for i = 1, #rows do
      cells[i] = text.pad(cells[i], widths[c], right)
    end
    padded_cells[c] = cells
  end
  return padded_cells, titles, widths
end

-- Between two columns.
tables.gap = #GAP

-- The width of each column.
function tables.widths(columns, rows)
  local _, _, widths = padded(columns, rows)
  return widths
end

-- Without the blanks at its end. (A pattern that ends in "%s+$" would try each blank of a wide gap.)
function tables.trimmed(line)
  return line:match "^.*%S" or ""
end

-- columns: list of { title, right = true | nil, point = true | nil }; rows: lists of text.
-- Returns lines without trailing spaces.
function tables.lines(columns, rows)
  local cells, titles = padded(columns, rows)
  local lines = { tables.trimmed(table.concat(titles, GAP)) }
  for i = 1, #rows do
    local line = {}
    for c = 1, #columns do
      line[c] = cells[c][i]
    end
    lines[i + 1] = tables.trimmed(table.concat(line, GAP))
  end
  return lines
end

local function markdown_row(columns, cell_of)
  local cells = {}
  for c, column in ipairs(columns) do
    cells[c] = text.markdown(cell_of(c, column)):gsub("^%s+", "")
  end
  return "| " .. table.concat(cells, " | ") .. " |"
end

-- The same table in Markdown.
function tables.markdown(columns, rows)
  local lines = { markdown_row(columns, function(_, column) return column.title end),
    markdown_row(columns, function(_, column) return (column.right or column.point) and "---:" or "---" end) }
  for i, row in ipairs(rows) do
    lines[i + 2] = markdown_row(columns, function(c) return row[c] or "" end)
  end
  return lines
end

return tables
