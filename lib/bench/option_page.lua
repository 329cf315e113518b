-- The options of a script as `bench help FILE` and wrong flags show them.
local core_text = require "core.text"
local lists = require "bench.lists"
local options = require "bench.options"
local text = require "report.text"

local option_page = {}

local type_names = { text = "TEXT", number = "N", boolean = "", ["text list"] = "TEXT...",
  ["number list"] = "N,N...", ["address list"] = "LIST" }

local function beside(rows, left, middle)
  return table.concat(lists.map(rows, function(row)
    return (text.pad(row[1], left) .. text.pad(row[2], middle) .. row[3]):gsub(" +$", "")
  end), "\n")
end

local function wrapped(rows, left)
  return (table.concat(lists.map(rows, function(row)
    return text.wrap(row[2] .. " " .. row[3], text.pad(row[1], left), (" "):rep(left), text.page)
  end)):gsub(" +\n", "\n"):gsub("\n$", ""))
end

local function rows_of(declared)
  local rows, widest = {}, { 0, 0, 0 }
  for index, option in ipairs(declared) do
    local flag = ("  --%s %s"):format(option.flag, type_names[option.type]):gsub("%s+$", "")
    local default = options.shown(option.default)
    rows[index] = { flag, option.help, default ~= "" and "(" .. default .. ")" or "" }
    for column, cell in ipairs(rows[index]) do
      widest[column] = math.max(widest[column], core_text.width(cell))
    end
  end
  return rows, table.unpack(widest)
end

-- A line each where the page is wide enough.
function option_page.text(declared)
  local rows, left, middle, right = rows_of(declared)
  for _, gap in ipairs { 4, 2 } do
    if left + middle + right + 2 * gap <= text.page then
      return beside(rows, left + gap, middle + gap)
    end
  end
  return wrapped(rows, left + 2)
end

return option_page
