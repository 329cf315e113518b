-- What our columns can hold. A file may say anything: what does not fit is left out and named.
local core_text = require "core.text"
local json = require "core.json"

local fit = {}

local LONGEST = 1e9 -- seconds, 31 years; in ns it still is an integer of 64 bits
local MOST_TOKENS = 2 ^ 40 -- of a request; those of a whole database add up in 64 bits

function fit.number(value)
  if math.type(value) and value == value and math.abs(value) < math.huge then
    return value
  end
end

function fit.count(value)
  local whole = math.type(value) and math.tointeger(value)
  return whole and whole >= 0 and whole or nil
end

function fit.tokens(value)
  local whole = fit.count(value)
  return whole and whole <= MOST_TOKENS and whole or nil
end

function fit.seconds(value)
  local number = fit.number(value)
  return number and number >= 0 and number <= LONGEST and number or nil
end

-- An item of a list, either of which may not be there, where it is a number.
function fit.number_at(list, i)
  local value = list and list[i]
  return math.type(value) and value or nil
end

function fit.text(value)
  return type(value) == "string" and core_text.clean(value) or nil
end

local words = { [fit.number] = "number", [fit.count] = "whole number", [fit.tokens] = "number of tokens",
  [fit.seconds] = "time", [fit.text] = "text" }

local function shown(value)
  if type(value) == "table" then
    return json.is_array(value) and "a list" or "an object"
  end
  return type(value) == "string" and ('"%s"'):format(value:sub(1, 40)) or tostring(value)
end

-- Clears the fields of a row that their columns cannot hold, and json.null. columns: { name, one of the
-- functions above } each; place: of what it is a row, for the document that is told.
function fit.row(document, place, row, columns)
  for _, column in ipairs(columns) do
    local name, fits = column[1], column[2]
    local value = row[name]
    if value == json.null then
      row[name] = nil
    elseif value ~= nil then
      row[name] = fits(value)
      if row[name] == nil then
        document:leave(("%s of %s: %s is no %s"):format(name, place, shown(value), words[fits]), name)
      end
    end
  end
end

return fit
