-- Times of day: kept in UTC, shown with the zone of whoever looks.
local clock = require "core.clock"
local lists = require "bench.lists"
local moment = require "bench.moment"
local refusal = require "report.refusal"

local when = {}

-- "2026-11-25T09:00:00.123Z" -> seconds since 1970.
function when.of_utc(text)
  local year, month, day, hour, minute, second = text:match "^(%d%d%d%d)-(%d%d)-(%d%d)T(%d%d):(%d%d):(%d%d%.?%d*)Z$"
  if not year then
    return nil
  end
  return moment.days(math.tointeger(year), math.tointeger(month), math.tointeger(day)) * 86400
    + math.tointeger(hour) * 3600 + math.tointeger(minute) * 60 + tonumber(second)
end

-- When a run began, in seconds since 1970: 0 where its file says something else.
function when.of_run(run)
  return when.of_utc(run.started_at) or 0
end

-- "+0100" at that moment, where we are.
function when.offset(seconds)
  return os.date("%z", math.floor(seconds))
end

-- The date of that moment, where we are, or of so many days after; a day may have 23 hours or 25.
local function date(seconds, days)
  local parts = os.date("*t", seconds)
  return os.date("%Y-%m-%d", os.time { year = parts.year, month = parts.month, day = parts.day + days, hour = 12 })
end

-- "2025-11-23 18:01", where we are.
function when.day_and_time(seconds)
  return os.date("%Y-%m-%d %H:%M", math.floor(seconds))
end

-- "today 09:14", "yesterday 18:02", "Mon 3 Nov 08:01", "2025-11-23 18:01"
function when.shown(seconds, now)
  local at = math.floor(seconds)
  if date(at, 0) == date(now, 0) then
    return os.date("today %H:%M", at)
  elseif date(at, 1) == date(now, 0) then
    return os.date("yesterday %H:%M", at)
  elseif now - at < 300 * 86400 and at <= now then
    return (os.date("%a %d %b %H:%M", at):gsub("^(%S+ )0", "%1"))
  end
  return when.day_and_time(at)
end

-- A column of moments: its title and a text each, with the whole date where no `now` is given. The zone stands in the
-- title where all have the same, else at each.
function when.column(moments, now)
  local zones = lists.map(moments, when.offset)
  local is_common = #lists.filter(zones, function(zone) return zone == zones[1] end) == #zones
  local texts = lists.map(moments, function(at)
    return (now and when.shown(at, now) or when.day_and_time(at)) .. (is_common and "" or " " .. when.offset(at))
  end)
  return is_common and zones[1] and ("when (%s)"):format(zones[1]) or "when", texts
end

-- The date and time, the zone and the part of a second that it says; nil where it is neither.
local function parts_of(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$"
  if not year then
    return nil
  end
  local hour, minute, second, zone = rest:match "^[T ](%d%d):(%d%d):?(%d*)(.*)$"
  if not hour then
    if rest ~= "" then
      return nil
    end
    hour, minute, second, zone = "00", "00", "", ""
  end
  local fraction = second ~= "" and zone:match "^%.%d+" or ""
  return { year = math.tointeger(year), month = math.tointeger(month), day = math.tointeger(day),
    hour = math.tointeger(hour), min = math.tointeger(minute), sec = math.tointeger(second) or 0 },
    zone:sub(#fraction + 1), tonumber("0" .. fraction)
end

local function is_possible(parts)
  return moment.is_day(parts.year, parts.month, parts.day) and parts.hour < 24 and parts.min < 60 and parts.sec < 61
end

local function as_utc(parts, zone)
  local seconds = moment.days(parts.year, parts.month, parts.day) * 86400 + parts.hour * 3600 + parts.min * 60
    + parts.sec
  local east = moment.zone(zone)
  return east and seconds - east
end

-- All moments that a local time may mean, none in spring and two in autumn; and the one of the clock before it was set.
local function local_moments(parts)
  local found, wanted = {}, as_utc(parts, "Z")
  local minute = wanted - parts.sec
  for _, day in ipairs { -86400, 86400 } do
    local east = moment.zone(when.offset(wanted + day))
    local back = os.date("*t", minute - east)
    if back.day == parts.day and back.hour == parts.hour and back.min == parts.min and found[1] ~= wanted - east then
      found[#found + 1] = wanted - east
    end
  end
  return found, wanted - moment.zone(when.offset(wanted - 86400))
end

local function said(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)
end

-- "2h", "2026-11-25", "2026-11-25T09:00", "...Z", "...+01:00" -> seconds since 1970 and, where a local time
-- means two moments or none, a sentence that says which was taken; or nil and what is wrong.
function when.read(text)
  local seconds = text:find "^[%d%.]+%a" and clock.duration(text)
  if seconds then
    return clock.wall() - seconds
  end
  local parts, zone, fraction = parts_of(text)
  if not parts or not is_possible(parts) then
    return nil, ("\"%s\" is no time: write 2h, 7d, 2026-11-25, 2026-11-25T09:00 or 2026-11-25T09:00:00Z"):format(text)
  end
  if zone ~= "" then
    seconds = as_utc(parts, zone)
    if not seconds then
      return nil, ("\"%s\": \"%s\" is no zone; write Z or +01:00"):format(text, zone)
    end
    return seconds + fraction
  end
  local moments, before = local_moments(parts)
  if #moments == 0 then
    return before + fraction, ("%s does not exist here, the clock was set forward over it; %s is taken"):format(text,
      said(before))
  elseif #moments == 2 then
    return moments[1] + fraction, ("%s comes twice here; the first one is taken, %s (the other one is %s)"):format(text,
      said(moments[1]), said(moments[2]))
  end
  return moments[1] + fraction
end

-- `--since TIME` -> the moment in UTC, nil where none is given; true beside it where the words mean none. What there
-- is to say of them is said. Nothing was kept before 1970.
function when.since(text)
  if not text then
    return nil
  end
  local seconds, message = when.read(text)
  if message then
    refusal.say(message)
  end
  return seconds and clock.utc(math.max(0, seconds)), seconds == nil
end

return when
