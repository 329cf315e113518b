-- Where the level of a series changed: what C finds of it, held against the points of each level.
local lists = require "bench.lists"
local stats = require "core.stats"

local levels = {}

local SHORTEST = 2 -- runs of a level
local FEW = 5      -- points of a level that prove little

-- Logarithms where there are any, as a level changes by a factor; and whether.
local function logarithms(points)
  local values = {}
  for i, point in ipairs(points) do
    if point.value <= 0 then
      return lists.column(points, "value"), false
    end
    values[i] = math.log(point.value)
  end
  return values, true
end

local function values_of(points, from, to)
  local values = {}
  for i = from, to do
    values[#values + 1] = points[i].value
  end
  return values
end

function levels.median(points, from, to)
  return stats.median(values_of(points, from, to))
end

local function range(points, from, to)
  local low, high = math.huge, -math.huge
  for i = from, to do
    low, high = math.min(low, points[i].value), math.max(high, points[i].value)
  end
  return low, high
end

-- Whether the median of the points a..b lies within the range of from..to.
local function lies_within(points, a, b, from, to)
  local middle, low, high = levels.median(points, a, b), range(points, from, to)
  return middle >= low and middle <= high
end

-- A level begins with a point that is nearer to it than to the one before: one run that stands out takes its neighbour
-- along, or moves a mean and no median. nil where too few are left.
local function begin_of(points, start, first, last)
  local before, after = levels.median(points, start, first - 1), levels.median(points, first, last)
  while first <= last and math.abs(points[first].value - after) >= math.abs(points[first].value - before) do
    first = first + 1
  end
  return last - first + 1 >= SHORTEST and first or nil
end

-- Whether points of another level have been where the median of a..b is, while it stayed at that of from..to.
local function is_visited(points, bounds, a, b, from, to)
  local here, there = levels.median(points, a, b), levels.median(points, from, to)
  for i = 1, #bounds - 1 do
    local first, last = bounds[i], bounds[i + 1] - 1
    local middle = levels.median(points, first, last)
    if first ~= a and math.abs(middle - there) < math.abs(middle - here) and lies_within(points, a, b, first, last) then
      return true
    end
  end
  return lies_within(points, a, b, from, to)
end

-- Where the segments begin, of which C found the later ones; and the end.
local function bounds_of(points, found)
  local bounds = table.move(found, 1, #found, 2, { 1 })
  bounds[#bounds + 1] = #points + 1
  return bounds
end

-- Whether the values of two levels do not overlap, or differ by rank wherever in the series they might have: what goes
-- to and fro between two speeds stays at one of them for a while by chance.
local function are_apart(points, start, first, last)
  local before_low, before_high = range(points, start, first - 1)
  local low, high = range(points, first, last)
  return before_high < low or high < before_low
    or stats.mann_whitney(values_of(points, start, first - 1), values_of(points, first, last)) * #points < 0.05
end

-- Of shares the requests must tell them apart, too, wherever in the series: a failure more in a run is no other level.
local function are_other_shares(points, start, first, last)
  if not points[1].hits then
    return true
  end
  local hits, counts = { 0, 0 }, { 0, 0 }
  for i = start, last do
    local side = i < first and 1 or 2
    hits[side], counts[side] = hits[side] + points[i].hits, counts[side] + points[i].n
  end
  return stats.shares(hits[1], counts[1], hits[2], counts[2]).p * #points < 0.05
end

-- points: list of { value, and where that is a share hits and n }. -> the first point of each new level; and where they
-- but rise or fall from run to run { rises, ratio (last / first; nil where some value is not above 0) }. A level of few
-- points that others have visited is none, nor is one behind what turned out to be none.
function levels.of(points)
  local values, are_logarithms = logarithms(points)
  local all, slope = stats.change_points(values, SHORTEST)
  local firsts, bounds = {}, bounds_of(points, all)
  for i, found in ipairs(all) do
    local start, last = firsts[#firsts] or 1, bounds[i + 2] - 1
    local first = begin_of(points, start, found, last)
    local is_sure = first and math.min(first - start, last - first + 1) >= FEW
      and are_apart(points, start, first, last)
    if first and (is_sure or not (is_visited(points, bounds, first, last, start, first - 1)
      or is_visited(points, bounds, start, first - 1, first, last)))
      and are_other_shares(points, start, first, last) then
      firsts[#firsts + 1] = first
    end
  end
  return firsts, slope ~= 0 and { rises = slope > 0, ratio = are_logarithms and math.exp(slope * (#points - 1)) or nil }
    or nil
end

return levels
