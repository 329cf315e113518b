#!/usr/bin/env -S bench run
-- How many requests a second can it take? The rate doubles while the promises hold, then the knee is looked for
-- between the last rate that held and the first that did not. Where fewer tokens come than were asked for, the server
-- is saturated, however short its queue still is: no higher rate is tried. Where too few requests came to tell a
-- percentile, or answers take long, the rate is measured for longer. With --users: how many people, each of whom asks
-- again when the last answer is there.
local bench = require "bench"

local opt = bench.scenario {
  summary = "The highest rate at which the promises hold",
  options = {
    { "backend",    "vllm",  "whom to ask" },
    { "users",      false,   "look for the most users at a time, not for the highest rate" },
    { "from",       1,       "first rate, requests per second; or so many users" },
    { "up_to",      1024,    "highest rate to try; or most users" },
    { "steps",      4,       "halvings of the gap around the knee" },
    { "measure",    "20s",   "how long each load is measured; longer where too few came, or answers take long" },
    { "warm_up",    "2s",    "and what goes before it" },
    { "question",   "Why is the sky blue?", "what to ask" },
    { "max_tokens", 128,     "length of an answer" },
    { "slo",        { "ttft p95 < 1s", "errors < 1%" }, "what must hold (bench help expect)" },
  },
  metrics = {
    { "knee", "req/s", "the highest rate at which everything held", better = "higher" },
    { "most_users", "users", "the most users with whom everything held", better = "higher" },
  },
}

local backend = bench.backend(opt.backend)

local function half(level)
  return opt.users and level // 2 or level / 2
end

local function named(level)
  return opt.users and ("%.10g users"):format(level) or ("%.4g/s"):format(level)
end

local usual = { measure = opt.measure, warm_up = opt.warm_up, drain = "30s" }
local is_settled = false

-- They come when chance has it, and yet as many as the rate says: of few, chance alone makes a third more or less, and
-- a rate would be told to hold that was never asked. The last one comes behind the window.
local function arrivals_at(rate, measure)
  local within = math.floor(rate * (bench.seconds(usual.warm_up) + bench.seconds(measure)))
  local is_few = within < 10000 -- of more, chance makes less than 1 %, and each would be drawn before the first begins
  return bench.poisson(rate, { count = is_few and within + 1 or nil })
end

-- After the first load, unless its promises are broken already: whether an answer takes so long beside it that what was
-- in flight at its two ends counts.
local function settle(answer, seconds)
  is_settled, usual.drain = true, math.max(5, 3 * answer)
  if seconds >= 5 * answer then
    return false
  end
  usual.measure, usual.warm_up = 10 * answer, ("%gs"):format(answer)
  return true
end

local function load_at(level, measure)
  local load = bench.load {
    label = named(level),
    arrivals = opt.users and bench.closed(level) or arrivals_at(level, measure),
    measure = measure, warm_up = usual.warm_up, drain = usual.drain, slo = opt.slo,
    visit = function()
      backend:ask(opt.question, { max_tokens = opt.max_tokens, cache = "bypass" })
    end,
  }
  if not bench.sleep(0) then
    error "the run was interrupted: what was measured of this load decides nothing"
  elseif load.requests == 0 then
    bench.refuse(("--measure %s is too short: nobody came at %s"):format(opt.measure, named(level)))
  elseif not is_settled and load.slo_kept ~= false and settle(load.e2e.min or 0, load.seconds) then
    return load_at(level, usual.measure)
  end
  return load
end

-- One load at a level: whether the promises hold, nil where too few came to tell; and how long it was measured.
local function look(level, measure)
  local load = load_at(level, measure)
  local wanted = load.requests / load.seconds * (load.tokens.mean or 0)
  local saturated = not opt.users and (load.incomplete > 0.05 * load.requests or load.delivered_tps < 0.8 * wanted)
  local held = not saturated and load.slo_kept
  print(("%12s  %s"):format(named(level), saturated and "saturated" or held and "holds" or held == nil and "too few"
    or "not kept"))
  return held, load.seconds
end

-- For as long as it takes to tell.
local function holds(level, measure)
  local held, seconds = look(level, measure)
  while held == nil do
    held, seconds = look(level, 2 * seconds)
  end
  return held
end

if opt.from > opt.up_to then
  bench.refuse(("--from %.10g is above --up-to %.10g: nothing would be tried"):format(opt.from, opt.up_to))
end

-- A level at which too few came is passed: more come at the next. The knee is one that was told.
local low, high, told, seconds = nil, opt.from, nil, nil
while high <= opt.up_to do
  local held, measured = look(high, usual.measure)
  if held == false then
    break
  end
  low, high, told, seconds = high, high < opt.up_to and math.min(high * 2, opt.up_to) or math.huge, held, measured
end
while low and not told do
  told = holds(low, 2 * seconds)
  if not told then
    low, high = low > opt.from and math.max(half(low), opt.from) or nil, low
  end
end
if low and high < math.huge then
  for _ = 1, opt.steps do
    local middle = half(low + high)
    if middle == low then
      break
    elseif holds(middle, usual.measure) then
      low = middle
    else
      high = middle
    end
  end
end

local beyond = high == math.huge and ", the most that --up-to lets it try: more may hold, too" or ""
if not low then
  print(("not even %s"):format(named(opt.from)))
elseif opt.users then
  bench.record("most_users", low, "users")
  print(("it holds for %d users at a time%s"):format(low, beyond))
else
  bench.record("knee", low, "req/s")
  print((beyond == "" and "the knee is at %.4g requests per second" or "it holds at %.4g requests per second%s")
    :format(low, beyond))
end
