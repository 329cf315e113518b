-- Durations as scripts write them, waiting, and the clock of the run.
local clock = require "core.clock"
local misuse = require "bench.misuse"
local moment = require "bench.moment"
local visit = require "bench.visit"
local workers = require "bench.workers"

local time = {}

-- "800ms" or a number of seconds -> seconds; raises at the script's line with `what` in the message.
function time.seconds(value, what)
  if type(value) == "string" or type(value) == "number" then
    local seconds, message = clock.duration(value)
    if seconds then
      return seconds
    end
    misuse.raise("%s: %s", what, message)
  end
  misuse.raise('%s must be a duration such as "800ms" or a number of seconds, not %s', what, misuse.kind(value))
end

-- A duration, of an option say, as a number that a script can reckon with.
function time.in_seconds(duration)
  return time.seconds(duration, "bench.seconds")
end

-- Waits. False when the run is ending.
function time.sleep(duration)
  local seconds = time.seconds(duration, "bench.sleep")
  local slept = clock.sleep(seconds) == true
  visit.slept(seconds, clock.now())
  return slept
end

-- Seconds since the run began, on the monotonic clock. Where a script decides by it for all workers, one moment for
-- all of them.
function time.now()
  return visit.current() and clock.now() or workers.first("now", clock.now)
end

local month_numbers = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6,
  Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12 }

local zones_of_utc = { GMT = true, UTC = true, Z = true }

-- How many seconds a zone is ahead of UTC, or nil.
local function ahead_of_utc(zone)
  local sign, hours, minutes = zone:match "^([+-])(%d%d)(%d%d)$"
  local seconds = hours and hours * 3600 + minutes * 60
  return zones_of_utc[zone] and 0 or seconds and (sign == "+" and seconds or -seconds)
end

-- Day, month, year, time and zone of a date of HTTP: as it is written today, as RFC 850 and as asctime() did; or nil.
local function parts_of_date(text)
  local day, month, year, rest, zone =
    text:match "^%a+, (%d%d?)[ -](%a%a%a)[ -](%d+) (%d%d:%d%d:%d%d) ([%a%d+-]+)$"
  if not day then
    month, day, rest, year = text:match "^%a%a%a (%a%a%a) +(%d%d?) (%d%d:%d%d:%d%d) (%d%d%d%d)$"
  end
  return tonumber(day), month_numbers[month or ""], tonumber(year), rest, zone or "GMT"
end

-- A year of two digits, as POSIX reads it.
local function whole_year(year)
  return year < 70 and year + 2000 or year < 100 and year + 1900 or year
end

-- "Wed, 25 Nov 2026 21:03:43 GMT" -> seconds since 1970, or nil.
function time.http_date(text)
  local day, month, year, of_day, zone = parts_of_date(text)
  local ahead = ahead_of_utc(zone)
  if not (day and month and ahead) then
    return nil
  end
  local hour, minute, second = of_day:match "(%d%d):(%d%d):(%d%d)"
  return moment.days(whole_year(year), month, day) * 86400
    + tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second) - ahead
end

-- How many seconds from `wall` an answer asks to wait; nil when it says nothing. Azure says it in ms, too, and means
-- that where both are there. Retry-After is seconds or a date, of the server's clock where it says what that shows.
function time.retry_after(headers, wall)
  local ms, value = headers["retry-after-ms"], headers["retry-after"]
  if ms and ms:match("^%s*%d+%.?%d*%s*$") then
    return tonumber(ms) / 1e3
  elseif not value then
    return nil
  end
  local trimmed = value:match("^%s*(.-)%s*$")
  if trimmed:match("^%d+%.?%d*$") then
    return tonumber(trimmed)
  end
  local at = time.http_date(trimmed)
  return at and math.max(0, at - (time.http_date(headers.date or "") or wall))
end

return time
