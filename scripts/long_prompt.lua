#!/usr/bin/env -S bench run
-- How fast prompts are read, by their length. Every prompt is new, so none comes out of a cache.
local bench = require "bench"

local opt = bench.scenario {
  summary = "TTFT and prompt speed, by length of the prompt",
  options = {
    { "backends", { "ollama", "llamacpp" }, "whom to ask" },
    { "lengths",  { 128, 512, 2048 },       "tokens of the prompt, as the server counts them" },
    { "times",    5,                        "how often to ask each" },
  },
  metrics = {
    { "prompt_speed", "tok/s", "prompt tokens / ttft: the server's overhead and the way there included",
      better = "higher" },
  },
}

local prompts = {}

-- Made when a backend is first seen: it counts their tokens itself.
local function prompts_of(backend, length)
  local key = backend.name .. " " .. length
  prompts[key] = prompts[key] or bench.synthetic { backend = backend, tokens = length, count = opt.times + 1 }
  return prompts[key]
end

-- Tokens before a prompt, by backend: of a server that has no switch, cache = "bypass" asks it with words of its own.
local before = {}

for backend, round in bench.rounds(opt.backends, opt.times) do
  for _, length in ipairs(opt.lengths) do
    local prompt = prompts_of(backend, length - (before[backend.name] or 0))[round + 1]
    local reply = backend:ask(prompt,
      { max_tokens = 4, temperature = 0, cache = "bypass", label = length .. " tokens" })
    if round == 0 and reply.ok and reply.tokens.prompt then
      before[backend.name] = math.max(0, reply.tokens.prompt - prompt.tokens)
    end
    if reply.ok and reply.ttft and reply.tokens.prompt then
      bench.record("prompt_speed", reply.tokens.prompt / reply.ttft, "tok/s")
    end
  end
end
