#!/usr/bin/env -S bench run
-- Promises: sentences that a run must keep. They are read before the first request, judged for each
-- backend and label by itself, kept with the run, and decide the exit code: 0 all kept, 1 one broken,
-- 5 nothing to judge. A pipeline needs no more than that. A p95 wants 59 values or more to mean something.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Does the server keep what we promise to our users",
  options = {
    { "times",    5, "how often to ask each backend" },
    { "backends", { "ollama#qwen2:0.5b", "llamacpp" }, "whom to ask" },
  },
  expect = {
    "ttft median < 10s",
    "e2e max < 60s",
    "errors = 0%",
    "goodput(ttft < 10s, tpot < 1s) > 90%",
    "check(answered) = 100%",
  },
}

for backend in bench.rounds(opt.backends, opt.times) do
  local reply = backend:ask("Why is the sky blue?", { max_tokens = 32, temperature = 0 })
  bench.check(reply, "answered", reply.ok and #reply.text > 0)
end
