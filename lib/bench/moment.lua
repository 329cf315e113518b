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

return moment
