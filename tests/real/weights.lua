-- The same architecture with the same random weights in two forms, one engine, in turn: what the form of
-- the weights alone does to the speed. Run by ./dev real story.
local bench = require "bench"

local opt = bench.scenario {
  summary = "One engine, two forms of the weights",
  options = {
    { "question", "为什么天空是蓝色的", "what to ask" },
    { "times",    6,                    "how often to ask each backend" },
    { "backends", { "f16=llamacpp", "q4_0=llamacpp://127.0.0.1:8081" }, "the two servers" },
  },
}

for backend in bench.rounds(opt.backends, opt.times) do
  backend:ask(opt.question, { max_tokens = 24, ignore_eos = true, temperature = 0 })
end
