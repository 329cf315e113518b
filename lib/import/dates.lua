-- Moments as other tools write them.
local moment = require "bench.moment"
local when = require "report.when"

local dates = {}

-- "20261125-204904", "2026-11-25 21:15:42Z", "2026-11-25T21:08:32.585676", with or without an offset
-- -> seconds since 1970, and whether the text named its zone; nil when it is none of these.
function dates.read(text)
  local year, month, day, hour, minute, second, fraction, zone =
    text:match "^(%d%d%d%d)%-?(%d%d)%-?(%d%d)[T %-](%d%d):?(%d%d):?(%d%d)(%.?%d*)(.*)$"
  if not year then
    return nil
  end
  local seconds = when.of_utc(("%s-%s-%sT%s:%s:%s%sZ"):format(year, month, day, hour, minute, second, fraction))
  if zone == "" then
    return seconds, false
  end
  local east = moment.zone(zone)
  return east and seconds - east, true
end

-- Sets when the run began. What names no zone is taken for UTC, and the run says so.
function dates.start(run, text)
  local seconds, has_zone
  if text then
    seconds, has_zone = dates.read(text)
  end
  if not run:began(seconds) then
    run:note("time", "the file does not say when; the run stands at the time of its import")
  elseif not has_zone then
    run:note("time", text .. " names no zone; taken for UTC")
  end
end

return dates
