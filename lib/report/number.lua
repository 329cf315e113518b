-- Numbers for people: three significant digits, a dash for what does not exist.
local number = {}

number.none = "–"

local MOST = 9 -- decimals; what is smaller is written with an exponent

local function magnitude(value)
  return math.floor(math.log(math.abs(value), 10) + 1e-9)
end

-- How many decimals a row of values needs, so that its points line up: three significant digits of the
-- smallest, but never more than five of the largest, and of decimals three (where those would show nothing of the
-- largest, what it needs for two digits), and never more than `most`.
function number.decimals(values, count, most)
  local smallest, largest
  local whole = true
  for i = 1, count or #values do
    local value = values[i]
    if value and value ~= 0 and value == value and math.abs(value) ~= math.huge then
      local size = magnitude(value)
      whole = whole and value == math.floor(value) and size >= 1
      smallest = math.min(smallest or size, size)
      largest = math.max(largest or size, size)
    end
  end
  if not smallest or whole then
    return 0
  end
  local cap = largest < -3 and 1 - largest or 3
  return math.max(0, math.min(most or MOST, cap, 2 - smallest, 4 - largest))
end

-- 1234567 as 1,234,567
function number.grouped(value)
  local sign, digits, rest = string.format("%s", value):match("^(%-?)(%d+)(.*)$")
  if not digits then
    return tostring(value)
  end
  digits = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return sign .. digits .. rest
end

-- "1 request", "1,234 requests"
function number.plural(count, word)
  return ("%s %s%s"):format(number.grouped(count), word, count == 1 and "" or "s")
end

number.longest = 1e15 -- what has more digits is written with an exponent

function number.fixed(value, decimals)
  if value == nil or value ~= value then
    return number.none
  elseif math.abs(value) >= number.longest then
    return string.format("%.3g", value)
  end
  return (string.format("%." .. decimals .. "f", value):gsub("^%-([0.]+)$", "%1")) -- a small loss is no -0.000
end

local function is_lost(value, decimals)
  return value and value ~= 0 and math.abs(value) < 10 ^ -decimals
end

-- One value by itself.
function number.short(value)
  local decimals = number.decimals { value }
  return is_lost(value, decimals) and string.format("%.3g", value) or number.fixed(value, decimals)
end

-- As number.fixed; short where so few decimals would make a 0 of what is none: beside a rate of hundreds one below 1.
function number.visible(value, decimals)
  return is_lost(value, decimals) and number.short(value) or number.fixed(value, decimals)
end

-- Seconds as "41 ms", "1.9 s", "2 min 5 s".
function number.duration(seconds)
  if seconds < 1e-3 then
    return number.short(seconds * 1e6) .. " µs"
  elseif seconds < 1 then
    return number.short(seconds * 1e3) .. " ms"
  elseif seconds < 120 then
    return number.short(seconds) .. " s"
  end
  local whole = math.floor(seconds + 0.5)
  return string.format("%d min %d s", whole // 60, whole % 60)
end

-- 494032768 as "494M".
function number.count_of_parameters(value)
  if not value then
    return nil
  end
  for _, step in ipairs { { 1e9, "B" }, { 1e6, "M" }, { 1e3, "K" } } do
    if value >= step[1] * 0.9995 then -- 999.9M is 1B: what is shown has three digits
      local scaled = value / step[1]
      return (string.format(scaled < 10 and "%.1f" or "%.0f", scaled):gsub("%.0$", "")) .. step[2]
    end
  end
  return tostring(value)
end

return number
