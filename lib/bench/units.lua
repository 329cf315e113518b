-- Units of times, so that 0.25 s and 250 ms are one series. Pure.
local units = {}

local nanoseconds = {
  ns = 1, us = 1000, ["µs"] = 1000, ["μs"] = 1000, ms = 1000000, s = 1000000000,
  min = 60000000000, h = 3600000000000, d = 86400000000000,
}

function units.is_time(unit)
  return nanoseconds[unit] ~= nil
end

-- What makes values one series: times are one whatever unit each has, any other unit is one of its own.
function units.series(unit)
  return units.is_time(unit) and "time" or unit or ""
end

-- value in `from` as a value in `to`, rounded once; nil when one is not the other.
function units.convert(value, from, to)
  if from == to then
    return value
  end
  local one, other = nanoseconds[from], nanoseconds[to]
  if not (one and other) then
    return nil
  end
  if one >= other then
    return value * (one // other)
  end
  return value / (other // one)
end

return units
