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
  local load = bench.load {
    label = label, arrivals = bench.steady(opt.rate), measure = opt.measure,
    visit = function()
      local reply = backend:ask(opt.question, { max_tokens = 8, retries = retries })
      bench.check(reply, "not turned away", reply.status ~= 429)
      if reply.status == 429 then
        local after = reply.headers["retry-after"]
        bench.check(reply, "a 429 says when to come again", after ~= nil)
        if tonumber(after) then -- a date is no number of seconds
          bench.record("retry_after", tonumber(after), "s")
        end
      end
    end,
  }
  print(("%-10s %d of %d answered"):format(label, load.ok, load.requests))
end

run("impatient", 0)
run("polite", opt.retries)
