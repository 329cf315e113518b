-- Small answers as fast as they come, over 64 connections: what ./dev perf counts against wrk.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Small answers over kept connections",
  options = {
    { "url",         bench.required, "what to get" },
    { "connections", 64,    "at once" },
    { "requests",    20000, "in all" },
  },
}

local users = {}
for user = 1, opt.connections do
  users[user] = function()
    for _ = 1, opt.requests // opt.connections do
      http.get(opt.url)
    end
  end
end
local began = bench.now()
bench.together(users)
bench.note("requests per second", opt.requests // opt.connections * opt.connections / (bench.now() - began))
