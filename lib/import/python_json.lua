-- JSON as Python writes it: with NaN, Infinity and -Infinity, which JSON does not have. They become null.
local json = require "core.json"

local python_json = {}

-- Behind the string that begins at `start`, or behind the text where it has no end.
local function after_string(text, start)
  local at = start + 1
  while true do
    at = text:find('["\\]', at)
    if not at then
      return #text + 1
    elseif text:byte(at) == 34 then
      return at + 1
    end
    at = at + 2
  end
end

-- -> the text with null for each of them outside of strings, how many there were
local function with_nulls(text)
  local parts, at, count = {}, 1, 0
  while at <= #text do
    local quote = text:find('"', at, true) or #text + 1
    local between, nans, infinities = text:sub(at, quote - 1), 0, 0
    if between:find "[NI]" then
      between, nans = between:gsub("%f[%w]NaN%f[%W]", "null")
      between, infinities = between:gsub("%-?%f[%w]Infinity%f[%W]", "null")
    end
    count = count + nans + infinities
    at = after_string(text, quote)
    parts[#parts + 1] = between .. text:sub(quote, at - 1)
  end
  return table.concat(parts), count
end

-- -> value, how many were no numbers; or nil, message
function python_json.decode(text)
  local value, message = json.decode(text)
  if value ~= nil or not (text:find("NaN", 1, true) or text:find("Infinity", 1, true)) then
    return value, value == nil and message or 0
  end
  local plain, count = with_nulls(text)
  value, message = json.decode(plain)
  return value, value == nil and message or count
end

return python_json
