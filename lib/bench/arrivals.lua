-- When visits begin: the shapes of a load. An open shape is a plan in absolute seconds since the load began,
-- drawn from a seed; a closed one is a number of users, each of whom comes again when the last visit is over.
--
--   { kind, text, open = true, rate (mean asked for, per s; nil where it changes),
--     ends (s, when nobody comes any more, or nil),
--     times(generator) -> function() -> next planned time, row; nil when there are no more }
--   { kind = "closed", text, open = false, users, over (s) }
local misuse = require "bench.misuse"
local strict = require "bench.strict"
local time = require "bench.time"

local arrivals = {}

local optional = { rate = true, ends = true, times = true, users = true, over = true }
local made = setmetatable({}, { __mode = "k" })

-- What bench.steady, bench.replay... give to a script.
function arrivals.new(fields)
  local object = strict.sealed("arrivals", fields, optional)
  made[object] = true
  return object
end

function arrivals.is(value)
  return made[value] == true
end

local function positive(what, value, least)
  misuse.check(what, value, "number")
  if value ~= value or value == math.huge or value < (least or 0) or (not least and value == 0) then
    misuse.raise("%s must be a finite number %s, not %s", what, least and "of at least " .. least or "above 0",
      misuse.shown(value))
  end
  return value
end

-- As short as it can be written.
local function shown(value)
  return ("%.10g"):format(value)
end

-- The one option that a shape has, or nil.
local function option(shape, name, given)
  misuse.check(shape .. ": the options", given, "nil", "table")
  given = given or {}
  misuse.check_names(shape, given, { name })
  return given[name]
end

-- n users at a time; over: they come one after the other during this time.
function arrivals.closed(n, given)
  local users, over = misuse.whole("bench.closed: the number of users", n, 1), option("bench.closed", "over", given)
  over = over ~= nil and time.seconds(over, "bench.closed: over") or 0
  local text = over > 0 and ("closed(%d over %ss)"):format(users, shown(over)) or ("closed(%d)"):format(users)
  return arrivals.new { kind = "closed", text = text, open = false, users = users, over = over }
end

-- The times of arrivals, each from its number alone, counted from 0: nothing adds up.
local function by_number(time_of)
  return function()
    local number = -1
    return function()
      number = number + 1
      return time_of(number)
    end
  end
end

-- One every 1/rate seconds.
function arrivals.steady(rate)
  positive("bench.steady: the rate", rate)
  return arrivals.new {
    kind = "steady", text = ("steady(%s/s)"):format(shown(rate)), open = true, rate = rate,
    times = by_number(function(number) return number / rate end),
  }
end

local function by_gaps(gap)
  local at = 0
  return function()
    at = at + gap()
    return at
  end
end

-- The first `count` of these times, stretched so that the last is at count/rate; nil after it.
local function stretched(next_time, count, rate)
  local times, number = {}, 0
  for index = 1, count do
    times[index] = next_time()
  end
  local factor = count / rate / times[count]
  return function()
    number = number + 1
    return times[number] and times[number] * factor
  end
end

-- Random gaps of this mean rate; given.count: so many, in exactly the time that they take at this rate.
local function by_chance(shape, parameters, rate, given, gap)
  local count = option(shape, "count", given)
  if count ~= nil then
    misuse.whole(shape .. ": count", count, 1)
    parameters = parameters .. (", %d of them"):format(count)
  end
  return arrivals.new {
    kind = shape:match "%.(.*)", text = ("%s(%s)"):format(shape:match "%.(.*)", parameters), open = true, rate = rate,
    ends = count and count / rate,
    times = function(generator)
      local next_time = by_gaps(function()
        return gap(generator)
      end)
      return count and stretched(next_time, count, rate) or next_time
    end,
  }
end

-- Independent arrivals: exponential gaps.
function arrivals.poisson(rate, given)
  positive("bench.poisson: the rate", rate)
  return by_chance("bench.poisson", shown(rate) .. "/s", rate, given, function(generator)
    return generator:exponential() / rate
  end)
end

-- Marsaglia and Tsang, 2000: a gamma variate of this shape, mean `shape`.
local function gamma_variate(generator, shape)
  if shape < 1 then
    return gamma_variate(generator, shape + 1) * (1 - generator:uniform()) ^ (1 / shape)
  end
  local d = shape - 1 / 3
  local c = 1 / math.sqrt(9 * d)
  while true do
    local x = generator:normal()
    local v = (1 + c * x) ^ 3
    if v > 0 and math.log(1 - generator:uniform()) < x * x / 2 + d - d * v + d * math.log(v) then
      return d * v
    end
  end
end

local least_cv, most_cv = 1e-3, 1e3 -- beyond them the doubles of a variate end

-- Gaps whose standard deviation is cv of their mean: above 1 in clumps, 1 as poisson, below 1 more even.
function arrivals.gamma(rate, cv, given)
  positive("bench.gamma: the rate", rate)
  misuse.check("bench.gamma: cv", cv, "number")
  if not (cv >= least_cv and cv <= most_cv) then
    misuse.raise("bench.gamma: cv must be a number from %g to %g, not %s", least_cv, most_cv, misuse.shown(cv))
  end
  local shape = 1 / (cv * cv)
  return by_chance("bench.gamma", ("%s/s, cv %s"):format(shown(rate), shown(cv)), rate, given, function(generator)
    return gamma_variate(generator, shape) / shape / rate
  end)
end

-- The moment when `count` arrivals are due; nil where that never comes.
local function ramp_time(from, to, over, count)
  local due = (from + to) / 2 * over
  if count > due then
    return to > 0 and over + (count - due) / to or nil
  elseif count == 0 then
    return 0
  end
  local slope = (to - from) / over
  local under_root = from * from + 2 * slope * count
  return 2 * count / (from + math.sqrt(math.max(0, under_root)))
end

-- The same where the rate grows by one factor a second.
local function exponential_time(from, to, over, count)
  local growth = math.log(to / from) / over
  local due = (to - from) / growth
  if count > due then
    return over + (count - due) / to
  end
  return math.log(1 + count * growth / from) / growth
end

local function ramp_rates(from, to)
  positive("bench.ramp: the first rate", from, 0)
  positive("bench.ramp: the last rate", to, 0)
  if from == 0 and to == 0 then
    misuse.raise("bench.ramp: from 0 to 0 nothing arrives")
  end
end

local function is_exponential(from, to, growth)
  if growth == nil or misuse.choice("bench.ramp: growth", growth, { "linear", "exponential" }) == "linear" then
    return false
  elseif from == 0 or to == 0 then
    misuse.raise("bench.ramp: a rate of 0 does not grow exponentially")
  end
  return from ~= to
end

-- The rate goes from one to the other, evenly or (growth = "exponential") by one factor a second, then stays.
function arrivals.ramp(from, to, over, given)
  ramp_rates(from, to)
  local span = positive("bench.ramp: the time it takes", time.seconds(over, "bench.ramp: the time it takes"))
  local exponential = is_exponential(from, to, option("bench.ramp", "growth", given))
  local when = exponential and exponential_time or ramp_time
  return arrivals.new {
    kind = "ramp", open = true, ends = to == 0 and span or nil,
    text = ("ramp(%s/s to %s/s over %ss%s)"):format(shown(from), shown(to), shown(span),
      exponential and ", exponential" or ""),
    times = by_number(function(number) return when(from, to, span, number) end),
  }
end

-- n at once, again and again.
function arrivals.burst(n, every)
  local count = misuse.whole("bench.burst: how many", n, 1)
  local span = positive("bench.burst: every", time.seconds(every, "bench.burst: every"))
  return arrivals.new {
    kind = "burst", text = ("burst(%d every %ss)"):format(count, shown(span)), open = true, rate = count / span,
    times = by_number(function(number) return number // count * span end),
  }
end

return arrivals
