#!/usr/bin/env -S bench run
-- How long until the first word, for a short and a long question? Labels keep the two apart in every
-- table, promise and query.
local bench = require "bench"

local opt = bench.scenario {
  summary = "How long until the first word: short and long questions",
  options = {
    { "times",    5, "how often to ask each backend" },
    { "lines",    40, "lines of the long question" },
    { "backends", { "ollama#qwen2:0.5b", "llamacpp" }, "whom to ask" },
  },
}

local short = "Name one colour of the sky."
local long = ("The sky is blue by day and black at night.\n"):rep(opt.lines) .. short

for backend in bench.rounds(opt.backends, opt.times, { order = "random" }) do
  -- bypass: a prompt that the server has seen before costs it almost nothing
  backend:ask(short, { max_tokens = 16, temperature = 0, cache = "bypass", label = "short" })
  backend:ask(long, { max_tokens = 16, temperature = 0, cache = "bypass", label = "long" })
end
