-- Ten thousand streams at one time, ten events a second each: what tests/perf/ten_thousand.sh judges.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Each of many streams, whole",
  options = {
    { "server",  bench.required, "whom to ask" },
    { "streams", 10000, "how many at once" },
    { "tokens",  20,    "of each answer" },
  },
}

local backend = bench.backend(opt.server)
bench.load { arrivals = bench.closed(opt.streams), requests = opt.streams, visit = function()
  backend:ask("hi", { max_tokens = opt.tokens, timeouts = { first_token = "3m", idle = "3m" } })
end }
