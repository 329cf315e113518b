#!/usr/bin/env -S bench run
-- What a server does with more than it allows: who is turned away with 429, what it says about coming again, and
-- whether clients that obey get through.
local bench = require "bench"

local opt = bench.scenario {
  summary = "429 and Retry-After: turned away, and coming again",
  options = {
    { "backend",  "openai", "whom to ask" },
    { "rate",     20,       "requests per second" },
    { "measure",  "10s",    "how long" },
    { "retries",  3,        "how often a polite client comes again" },
    { "question", "Say yes.", "what to ask" },
  },
  metrics = { { "retry_after", "s", "what a 429 says about when to come again" } },
}

local backend = bench.backend(opt.backend)

local function run(label, retries)
  return bench.load {
    label = label, arrivals = bench.steady(opt.rate), measure = opt.measure,
    visit = function()
      local reply = backend:ask(opt.question, { max_tokens = 8, retries = retries, label = label })
      bench.check(reply, "not turned away", reply.status ~= 429)
      if reply.status == 429 then
        local after = tonumber(reply.headers["retry-after"])
        bench.check(reply, "a 429 says when to come again", reply.headers["retry-after"] ~= nil)
        if after then
          bench.record("retry_after", after, "s")
        end
      end
    end,
  }
end

for _, one in ipairs { { "impatient", 0 }, { "polite", opt.retries } } do
  local load = run(one[1], one[2])
  print(("%-10s %d of %d answered"):format(one[1], load.ok, load.requests))
end
