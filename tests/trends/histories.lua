-- Histories of a metric over the runs of a scenario, of which it is known where their level changed.
local histories = {}

local function normal()
  return math.sqrt(-2 * math.log(1 - math.random())) * math.cos(2 * math.pi * math.random())
end

-- Student's t of three degrees of freedom, with a deviation of 1: most runs are alike, and some far out.
local function long_tailed()
  return normal() / math.sqrt(normal() ^ 2 + normal() ^ 2 + normal() ^ 2)
end

-- One run in ten is ten deviations late: somebody else used the machine.
local function with_outliers()
  return normal() + (math.random() < 0.1 and 10 or 0)
end

-- One of two speeds, whichever the processor was at.
local function two_speeds()
  return (math.random() < 0.5 and -1 or 1) + normal() / 20
end

-- What knows nothing of the run before it.
local function independent(draw)
  return function()
    return draw
  end
end

-- So much of each value comes from the one before it.
local function autoregressive(share)
  return function()
    local last = normal()
    return function()
      last = share * last + math.sqrt(1 - share * share) * normal()
      return last
    end
  end
end

local noises = {
  normal = independent(normal),
  outliers = independent(with_outliers),
  ["long tails"] = independent(long_tailed),
  ["two speeds"] = independent(two_speeds),
  ["AR 0.5"] = autoregressive(0.5),
  ["AR 0.7"] = autoregressive(0.7),
}

-- The places (from 1) at which a new level begins.
function histories.places(shape, count)
  local places = { step = { count // 2 + 1 }, back = { count // 3 + 1, 2 * count // 3 + 1 } }
  return places[shape] or {}
end

-- How much of the change there is in a run.
local function share_of(shape, places, i, count)
  if shape == "drift" then
    return (i - 1) / (count - 1)
  end
  return places[1] and i >= places[1] and not (places[2] and i >= places[2]) and 1 or 0
end

-- noise: a name of the above; shape: "none", "step" (in the middle), "back" (for the middle third) or "drift" (from the
-- first run to the last); by: so many deviations; deviation: of the noise. -> list of logarithms
function histories.draw(noise, shape, by, count, deviation)
  local next_value, places, values = noises[noise](), histories.places(shape, count), {}
  for i = 1, count do
    values[i] = math.log(100) + deviation * (next_value() + by * share_of(shape, places, i, count))
  end
  return values
end

return histories
