-- Which loads a calibration measures, and how fast events may come.
local machine = require "core.machine"
local number = require "report.number"
local streams = require "calibrate.streams"

local loads = {}

local SECONDS = 2       -- that each load lasts
local TRIES = 2         -- the second twice as long, until all streams of a load run together
local BOUND = 1e-3      -- s of error at p99 within which a rate counts
local SPARE = 64        -- descriptors for all that is no stream
local RATE_STREAMS = 64 -- that share a rate
local FIRST_RATE = 10000
local MOST_RATE = 640000
local LEAST_RATE = 300
local HALVINGS = 2      -- of the span between a rate that went well and one that did not

-- As fast as servers are: 50 tokens a second each; that many times ten thousand no server gives.
loads.list = {
  { streams = 1, gap = 0.02, seconds = SECONDS, tries = TRIES },
  { streams = 100, gap = 0.02, seconds = SECONDS, tries = TRIES },
  { streams = 1000, gap = 0.02, seconds = SECONDS, tries = TRIES },
  { streams = 10000, gap = 0.5, seconds = SECONDS, tries = TRIES },
}

-- open: the descriptors that were open before the first load; those of a load before are used again.
local function refusal(count, open)
  local limit = machine.descriptors()
  local needed = count + open + SPARE
  if needed > limit then
    return ("they need %s descriptors and this process may have %s (ulimit -Hn says how many)"):format(
      number.grouped(needed), number.grouped(limit))
  end
end

-- -> list of results (calibrate.streams) and list of { streams, reason } of those that could not be.
function loads.measure(told)
  local done, left_out = {}, {}
  local _, open = machine.descriptors()
  for _, load in ipairs(loads.list) do
    told(number.plural(load.streams, "stream"))
    local reason = refusal(load.streams, open)
    local result
    if not reason then
      result, reason = streams.measure(load)
    end
    done[#done + 1] = result
    if not result then
      left_out[#left_out + 1] = { streams = load.streams, reason = reason }
    end
  end
  return done, left_out
end

local function try(rate, told)
  told(("%s events/s"):format(number.grouped(math.floor(rate))))
  local result, message = streams.measure { streams = RATE_STREAMS, gap = RATE_STREAMS / rate, seconds = SECONDS / 2 }
  if not result then
    return nil, message
  elseif not result.server_kept_up then
    return nil, "the simulated server could not send faster"
  elseif not result.client_kept_up then
    return nil, "the client fell behind"
  elseif result.p99 > BOUND then
    return nil, ("the error at p99 was %s"):format(number.duration(result.p99))
  end
  return result.rate
end

-- The highest rate that goes well, by doubling (or halving) and then between the two.
-- -> events/s or nil, and what ended the search.
function loads.highest_rate(told)
  local good, bad, well, reason
  local function step(rate)
    local found, why = try(rate, told)
    if found then
      good, well = rate, found
    else
      bad, reason = rate, why
    end
  end
  local rate = FIRST_RATE
  step(rate)
  while not bad and rate < MOST_RATE or not good and rate > LEAST_RATE do
    rate = good and rate * 2 or rate / 2
    step(rate)
  end
  for _ = 1, good and bad and HALVINGS or 0 do
    step((good + bad) / 2)
  end
  return well, reason or "nothing was tried"
end

return loads
