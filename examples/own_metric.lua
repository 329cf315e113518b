#!/usr/bin/env -S bench run
-- A metric of the script's own: search something first, then ask about what was found, and measure what a
-- person waits for: from the question to the first word, the search included.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Search, then ask: question to first word, search included",
  options = {
    { "times",   5, "how often" },
    { "backend", "ollama#qwen2:0.5b", "whom to ask" },
  },
  metrics = {
    { "rag_first_word", "s", "question to first word, search included", better = "lower" },
    { "search", "ms", "the search alone", better = "lower" },
  },
  expect = { "rag_first_word median < 60s" },
}

local library = {
  "Rayleigh scattering grows with the fourth power of the frequency.",
  "Blue light has a higher frequency than red light.",
  "The eye is less sensitive to violet than to blue.",
}

-- Stands for a search in a real store: words of the question against words of each text.
local function search(question)
  local best, most = library[1], -1
  for _, text in ipairs(library) do
    local hits = 0
    for word in question:lower():gmatch("%a+") do
      hits = hits + (text:lower():find(word, 1, true) and 1 or 0)
    end
    if hits > most then
      best, most = text, hits
    end
  end
  return best
end

local backend = bench.backend(opt.backend)
local question = "Why is the sky blue and not violet?"

for _ in bench.rounds({ backend }, opt.times) do
  local began = bench.now()
  local found = bench.measure("search", function()
    return search(question)
  end)
  local searched = bench.now() - began
  local reply = backend:ask(found .. "\n\n" .. question, { max_tokens = 64, temperature = 0 })
  if reply.ttft then
    bench.record("rag_first_word", searched + reply.ttft, "s")
  end
end
