-- Rows of a query in every format. A sheet is what core.store.query returns: a list of rows
-- { name = value } and `columns`, the names in order; nil is null.
local json = require "core.json"
local core_text = require "core.text"
local number = require "report.number"
local tables = require "report.table"
local text = require "report.text"

local sheet = {}

local CELL = 60 -- columns of a text in a table

local function is_number(value)
  return math.type(value) ~= nil
end

local function is_finite(value)
  return value == value and value ~= math.huge and value ~= -math.huge
end

-- Shortest text that reads back the same; whole numbers never with an exponent; nil for NaN and infinity.
function sheet.number(value)
  if math.type(value) == "integer" then
    return string.format("%d", value)
  elseif not is_finite(value) then
    return nil
  elseif value == math.floor(value) and math.abs(value) < 1e21 then
    return string.format("%.0f", value)
  end
  return json.number(value)
end

-- Spreadsheets take a text that begins with one of these for a formula.
local function harmless(value)
  if value:find "^[=+%-@\t\r]" then
    return "'" .. value
  end
  return value
end

local function csv_cell(value)
  if value == nil then
    return ""
  elseif is_number(value) then
    return sheet.number(value) or ""
  end
  local cell = harmless(core_text.clean(tostring(value)))
  if cell:find '[,"\r\n]' then
    return '"' .. cell:gsub('"', '""') .. '"'
  end
  return cell
end

local function csv_line(columns, cell_of)
  local cells = {}
  for c, name in ipairs(columns) do
    cells[c] = csv_cell(cell_of(name))
  end
  return table.concat(cells, ",") .. "\n"
end

local function csv(columns, each, write)
  write(csv_line(columns, function(name)
    return name
  end))
  each(function(row)
    write(csv_line(columns, function(name)
      return row[name]
    end))
  end)
end

local function json_value(value)
  if value == nil then
    return "null"
  elseif is_number(value) then
    return sheet.number(value) or "null"
  elseif type(value) == "boolean" then
    return tostring(value)
  end
  return json.string(core_text.clean(value))
end

-- One row as a JSON object, keys in the order of the columns.
function sheet.object(row, columns)
  local members = {}
  for c, name in ipairs(columns) do
    members[c] = json.string(core_text.clean(name)) .. ":" .. json_value(row[name])
  end
  return "{" .. table.concat(members, ",") .. "}"
end

local function jsonl(columns, each, write)
  each(function(row)
    write(sheet.object(row, columns) .. "\n")
  end)
end

local function json_lines(columns, each, write)
  local before = "["
  each(function(row)
    write(before .. sheet.object(row, columns))
    before = ",\n"
  end)
  write((before == "[" and "[" or "") .. "]")
end

local function over(rows)
  return function(take)
    for _, row in ipairs(rows) do
      take(row)
    end
  end
end

-- A JSON array of the rows, without a newline at its end.
function sheet.array(rows, write)
  json_lines(rows.columns, over(rows), write)
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
  elseif is_fraction(value) then
    return string.format("%." .. decimals .. "f", value)
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

local function plain(rows, write)
  local columns, lines = sheet.cells(rows)
  for _, line in ipairs(tables.lines(columns, lines)) do
    write(line .. "\n")
  end
end

local function markdown(rows, write)
  local columns, lines = sheet.cells(rows)
  local titles, rules = {}, {}
  for c, column in ipairs(columns) do
    titles[c] = column.title:gsub("|", "\\|")
    rules[c] = column.point and "---:" or "---"
  end
  write("| " .. table.concat(titles, " | ") .. " |\n| " .. table.concat(rules, " | ") .. " |\n")
  for _, line in ipairs(lines) do
    for c = 1, #columns do
      line[c] = line[c]:gsub("|", "\\|")
    end
    write("| " .. table.concat(line, " | ") .. " |\n")
  end
end

local whole = { table = plain, md = markdown }
local by_row = {
  csv = csv,
  jsonl = jsonl,
  json = function(columns, each, write)
    json_lines(columns, each, write)
    write "\n"
  end,
}

-- Whether a format needs all rows at once.
function sheet.is_whole(format)
  return whole[format] ~= nil
end

-- Writes rows one by one with `write(text)`, in csv, json or jsonl: each(take) calls take with every row.
function sheet.stream(columns, each, format, write)
  by_row[format](columns, each, write)
end

-- Writes the rows with `write(text)`.
function sheet.print(rows, format, write)
  if whole[format] then
    whole[format](rows, write)
  else
    sheet.stream(rows.columns, over(rows), format, write)
  end
end

return sheet
