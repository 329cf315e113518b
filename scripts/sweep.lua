#!/usr/bin/env -S bench run
-- How many requests a second can it take? The rate doubles while the promises hold, then the knee is looked for
-- between the last rate that held and the first that did not. Where fewer tokens come than were asked for, the server
-- is saturated, however short its queue still is: no higher rate is tried. With --users: how many people, each of
-- whom asks again when the last answer is there.
local bench = require "bench"

local opt = bench.scenario {
  summary = "The highest rate at which the promises hold",
  options = {
    { "backend",    "vllm",  "whom to ask" },
    { "users",      false,   "look for the most users at a time, not for the highest rate" },
    { "from",       1,       "first rate, requests per second; or so many users" },
    { "up_to",      1024,    "highest rate to try; or most users" },
    { "steps",      4,       "halvings of the gap around the knee" },
    { "measure",    "20s",   "how long each load is measured" },
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

local function named(level)
  return opt.users and ("%d users"):format(level) or ("%.4g/s"):format(level)
end

local function holds(level)
  local load = bench.load {
    label = named(level),
    arrivals = opt.users and bench.closed(level) or bench.poisson(level),
    measure = opt.measure, warm_up = opt.warm_up, drain = "5s", slo = opt.slo,
    visit = function()
      backend:ask(opt.question, { max_tokens = opt.max_tokens, cache = "bypass" })
    end,
  }
  if not bench.sleep(0) then
    error "the run was interrupted: what was measured of this load decides nothing"
  elseif load.requests == 0 then
    bench.refuse(("--measure %s is too short: nobody came at %s"):format(opt.measure, named(level)))
  end
  local wanted = load.requests / load.seconds * (load.tokens.mean or 0)
  local saturated = not opt.users and (load.incomplete > 0.05 * load.requests or load.delivered_tps < 0.8 * wanted)
  local held = load.slo_kept and not saturated
  print(("%12s  %s"):format(named(level), held and "holds" or saturated and "saturated" or "broken"))
  return held
end

local low, high = nil, opt.from
while high <= opt.up_to and holds(high) do
  low, high = high, high * 2
end
if low and high <= opt.up_to then
  for _ = 1, opt.steps do
    local middle = opt.users and (low + high) // 2 or (low + high) / 2
    if middle == low then
      break
    elseif holds(middle) then
      low = middle
    else
      high = middle
    end
  end
end

if not low then
  print(("not even %s"):format(named(opt.from)))
elseif opt.users then
  bench.record("most_users", low, "users")
  print(("it holds for %d users at a time"):format(low))
else
  bench.record("knee", low, "req/s")
  print(("the knee is at %.4g requests per second"):format(low))
end
