-- Memory for the visits of loads: where --script-memory does not set the limit, each visit in progress raises it, so
-- that no number of users is too many. Visits that no descriptor is left for bring none.
local limit = require "core.limit"
local machine = require "core.machine"
local options = require "core.options"

local room = {}

local bytes_per_visit = 32768 -- bench needs 8 KB of it; the rest is for prompts and what the visit keeps
local most = (machine.descriptors())
local in_progress = 0

-- by: visits that begin, or with a minus end.
function room.change(by)
  in_progress = in_progress + by
  if not options["script-memory"] then
    limit.extra(math.min(in_progress, most) * bytes_per_visit)
  end
end

return room
