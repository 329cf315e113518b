-- Requests at their planned moments: what ./dev perf judges the schedule by.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Small answers on a schedule",
  options = {
    { "url",     bench.required, "what to get" },
    { "rate",    1000, "per second" },
    { "seconds", 5,    "how long" },
  },
}

bench.load {
  arrivals = bench.steady(opt.rate), warm_up = "1s", measure = opt.seconds,
  visit = function()
    http.get(opt.url)
  end,
}
