#!/usr/bin/env -S bench run
-- Ask every backend the same small question a few times.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Why is the sky blue? Asked of every backend",
  options = {
    { "question", "为什么天空是蓝色的", "what to ask" },
    { "times",    5,                    "how often to ask each backend" },
    { "backends", { "ollama#qwen2:0.5b", "llamacpp" }, "whom to ask" },
  },
}

for backend in bench.rounds(opt.backends, opt.times) do
  backend:ask(opt.question, { max_tokens = 256, temperature = 0 })
end
