#!/usr/bin/env -S bench run
-- The same load for a long time, window after window: does anything get slower, leak or fail? It got slower where
-- every window of the last third was slower than every one of the first: of nine windows chance does that to one soak
-- in twenty, of twelve to one in seventy; of fewer than nine it is not told.
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
    { "slower_by",  20,        "%: what the last third may be slower than the first" },
  },
  expect = { "errors < 1%" },
  metrics = { { "slowed_down", "%", "p50 of ttft, last third of the windows against the first", better = "lower" } },
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

-- The medians of some windows in the order of their size, and the one in the middle.
local function sorted(medians, from, to)
  local list = table.move(medians, from, to, 1, {})
  table.sort(list)
  return list, (list[(#list + 1) // 2] + list[#list // 2 + 1]) / 2
end

local ENOUGH = 3 -- windows of a third

local medians = {}
for number = 1, opt.windows do
  medians[#medians + 1] = window(number)
end
if #medians > 1 then
  local third = math.max(1, #medians // 3)
  local first, before = sorted(medians, 1, third)
  local last, after = sorted(medians, #medians - third + 1, #medians)
  local percent = 100 * (after / before - 1)
  bench.record("slowed_down", percent, "%")
  if third >= ENOUGH and last[1] > first[#first] and percent > opt.slower_by then
    log.warn(("the last %d windows were %.0f %% slower than the first %d"):format(third, percent, third))
  end
end
