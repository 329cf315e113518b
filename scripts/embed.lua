#!/usr/bin/env -S bench run
-- Embeddings: how many texts a second, by the number of texts in one request.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Texts embedded per second, by texts per request",
  options = {
    { "backends", { "ollama#nomic-embed-text", "llamacpp" }, "whom to ask" },
    { "batches",  { 1, 8, 32 },                              "texts per request" },
    { "times",    10,                                        "how often to ask each" },
    { "text",     "The quick brown fox jumps over the lazy dog", "what to embed, numbered" },
  },
  metrics = { { "texts_per_s", "texts/s", "texts of a request / its e2e", better = "higher" } },
}

local function texts(count)
  local list = {}
  for i = 1, count do
    list[i] = ("%s %d"):format(opt.text, i)
  end
  return list
end

for backend in bench.rounds(opt.backends, opt.times) do
  for _, size in ipairs(opt.batches) do
    local reply = backend:embed(texts(size), { label = size == 1 and "1 text" or size .. " texts" })
    if reply.ok then
      bench.record("texts_per_s", size / reply.e2e, "texts/s")
      bench.check(reply, "one vector for each text", #reply.vectors == size)
    end
  end
end
