-- Visits of a load as fast as they come, each with a small answer: what ./dev perf counts a visit by.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Visits of a load, a small answer each",
  options = {
    { "url",      bench.required, "what to get" },
    { "users",    16,    "at once" },
    { "requests", 20000, "in all" },
  },
}

bench.load {
  arrivals = bench.closed(opt.users),
  requests = opt.requests,
  visit = function()
    http.get(opt.url)
  end,
}
