#!/usr/bin/env -S bench run
-- The same load for a long time, window after window: does anything get slower, leak or fail?
local bench = require "bench"

local opt = bench.scenario {
  summary = "An even load for hours, one window after the other",
  options = {
    { "backend",    "ollama",  "whom to ask" },
    { "rate",       1,         "requests per second" },
    { "window",     "5m",      "how long a window is" },
    { "windows",    12,        "how many of them" },
    { "question",   "Why is the sky blue?", "what to ask" },
    { "max_tokens", 64,        "length of an answer" },
    { "slower_by",  20,        "%: what the last window may be slower than the first" },
  },
  expect = { "errors < 1%" },
  metrics = { { "slowed_down", "%", "p50 of ttft, last window against the first", better = "lower" } },
}

local backend = bench.backend(opt.backend)

local function window(number)
  local load = bench.load {
    label = ("window %d"):format(number),
    arrivals = bench.poisson(opt.rate), measure = opt.window, warm_up = number == 1 and 1 or nil,
    visit = function()
      backend:ask(opt.question, { max_tokens = opt.max_tokens })
    end,
  }
  local p50 = load.ttft.p50
  print(("window %d: %d of %d answered, TTFT p50 %s"):format(number, load.ok, load.requests,
    p50 and ("%.0f ms"):format(p50 * 1000) or "none"))
  return p50
end

local first, last
for number = 1, opt.windows do
  last = window(number)
  first = first or last
end
if first and last then
  local percent = 100 * (last / first - 1)
  bench.record("slowed_down", percent, "%")
  if percent > opt.slower_by then
    log.warn(("the last window was %.0f %% slower than the first"):format(percent))
  end
end
