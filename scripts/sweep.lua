#!/usr/bin/env -S bench run
-- How many requests a second can it take? The rate doubles while the promises hold, then the knee is looked for
-- between the last rate that held and the first that did not. Where fewer tokens come than were asked for, the server
-- is saturated, however short its queue still is: no higher rate is tried.
local bench = require "bench"

local opt = bench.scenario {
  summary = "The highest rate at which the promises hold",
  options = {
    { "backend",    "vllm",  "whom to ask" },
    { "from",       1,       "first rate, requests per second" },
    { "up_to",      1024,    "highest rate to try" },
    { "steps",      4,       "halvings of the gap around the knee" },
    { "measure",    "20s",   "how long each load is measured" },
    { "warm_up",    "2s",    "and what goes before it" },
    { "question",   "Why is the sky blue?", "what to ask" },
    { "max_tokens", 128,     "length of an answer" },
    { "slo",        { "ttft p95 < 1s", "errors < 1%" }, "what must hold (bench help expect)" },
  },
  metrics = { { "knee", "req/s", "the highest rate at which everything held", better = "higher" } },
}

local backend = bench.backend(opt.backend)

local function holds(rate)
  local load = bench.load {
    label = ("%.4g/s"):format(rate),
    arrivals = bench.poisson(rate), measure = opt.measure, warm_up = opt.warm_up, drain = "5s", slo = opt.slo,
    visit = function()
      backend:ask(opt.question, { max_tokens = opt.max_tokens, cache = "bypass" })
    end,
  }
  local wanted = load.requests / load.seconds * (load.tokens.mean or 0)
  local saturated = load.incomplete > 0.05 * load.requests or load.delivered_tps < 0.8 * wanted
  local held = load.requests > 0 and load.slo_kept and not saturated
  print(("%8.4g/s  %s"):format(rate, held and "holds" or saturated and "saturated" or "broken"))
  return held
end

local low, high = nil, opt.from
while high <= opt.up_to and holds(high) do
  low, high = high, high * 2
end
if low and high <= opt.up_to then
  for _ = 1, opt.steps do
    local middle = (low + high) / 2
    if holds(middle) then
      low = middle
    else
      high = middle
    end
  end
end

if low then
  bench.record("knee", low, "req/s")
  print(("the knee is at %.4g requests per second"):format(low))
else
  print(("not even %.4g requests per second hold"):format(opt.from))
end
