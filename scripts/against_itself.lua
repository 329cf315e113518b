#!/usr/bin/env -S bench run
-- One backend asked under two names, in turn: what differs is noise. `bench calibrate --aa ADDRESS` keeps how much.
local bench = require "bench"

local opt = bench.scenario {
  summary = "One backend against itself: what differs is noise",
  options = {
    { "backend",  "ollama",                                             "whom to ask" },
    { "times",    20,                                                   "rounds" },
    { "tokens",   64,                                                   "longest answer" },
    { "question", "Why is the sky blue? Answer in a few sentences.", "what to ask" },
  },
}

local address = opt.backend:gsub("^[%w._-]+=", "") -- a name of its own would be the same twice

for backend in bench.rounds({ "one=" .. address, "other=" .. address }, opt.times) do
  backend:ask(opt.question, { max_tokens = opt.tokens, temperature = 0 })
end
