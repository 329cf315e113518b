-- Moments and durations as whole numbers.
local moment = {}

-- Seconds as the nanoseconds that the database has; nil stays nil.
function moment.ns(seconds)
  return seconds and math.floor(seconds * 1e9 + 0.5)
end

-- A day of the proleptic Gregorian calendar as days since 1970-01-01.
function moment.days(year, month, day)
  if month <= 2 then
    year = year - 1
    month = month + 12
  end
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * (month - 3) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

-- Whether there is such a day.
function moment.is_day(year, month, day)
  return month >= 1 and month <= 12 and day >= 1
    and moment.days(year, month, day) < moment.days(year + month // 12, month % 12 + 1, 1)
end

-- "Z", "+01:00", "-0530", "+01" -> seconds to the east of UTC; nil for what is no zone.
function moment.zone(text)
  local sign, hours, minutes = (text:match "^[+-]%d%d$" and text .. "00" or text):match "^([+-])(%d%d):?(%d%d)$"
  hours, minutes = math.tointeger(hours), math.tointeger(minutes)
  if not sign or hours > 23 or minutes > 59 then
    return text == "Z" and 0 or nil
  end
  local seconds = hours * 3600 + minutes * 60
  return sign == "-" and -seconds or seconds
end

local function whole(...)
  local numbers = { ... }
  for index, text in ipairs(numbers) do
    numbers[index] = math.tointeger(tonumber(text))
  end
  return table.unpack(numbers)
end

-- "Z", " UTC", "+00:00" or nothing, which is UTC, too -> seconds to the east of it; nil for what is no zone.
local function east_of_utc(zone)
  zone = zone:match("^ *(.*)$"):upper()
  return (zone == "" or zone == "UTC" or zone == "GMT") and 0 or moment.zone(zone)
end

local earliest, latest = 1678, 2261 -- years whose every moment is ns in 64 bits; 0001 and 9999 stand for no date

-- "2023-11-16 18:15:46.6805900", "2024-05-10T00:00:00,009930+00:00" -> ns since 1970; nil for what is no date.
function moment.read(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)[ Tt](.*)$"
  local hour, minute, after = (rest or ""):match "^(%d%d):(%d%d)(.*)$"
  if not hour then
    return nil
  end
  local second, fraction_and_zone = after:match "^:(%d%d)(.*)$"
  local fraction, zone = (fraction_and_zone or after):match "^[.,]?(%d*)(.*)$"
  local east = east_of_utc(zone)
  year, month, day, hour, minute, second = whole(year, month, day, hour, minute, second or "0")
  if not east or year < earliest or year > latest or not moment.is_day(year, month, day)
    or hour > 23 or minute > 59 or second > 60 then
    return nil
  end
  local ns = math.tointeger((fraction .. "000000000"):sub(1, 9))
  return (moment.days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - east) * 1000000000 + ns
end

return moment
