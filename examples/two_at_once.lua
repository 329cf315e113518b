#!/usr/bin/env -S bench run
-- What does a second user cost the first? The same question alone, and while somebody else is served.
local bench = require "bench"

local opt = bench.scenario {
  summary = "The same question alone, and beside a second one",
  options = {
    { "times",   5, "how often" },
    { "backend", "llamacpp", "whom to ask" },
  },
}

local function ask(backend, label)
  return backend:ask("Why is the sky blue?", { max_tokens = 64, temperature = 0, label = label })
end

for backend in bench.rounds({ opt.backend }, opt.times, { cool_down = "50ms" }) do
  ask(backend, "alone")
  bench.together {
    function() return ask(backend, "together") end,
    function() return ask(backend, "together") end,
  }
end
