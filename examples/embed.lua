#!/usr/bin/env -S bench run
-- How fast are embeddings, one text at a time and many at once? And are the vectors of two texts of one
-- meaning closer than those of two meanings?
local bench = require "bench"

local opt = bench.scenario {
  summary = "Embeddings: one text, many texts, and whether meaning is near",
  options = {
    { "times",    5, "how often to ask each backend" },
    { "batch",    16, "texts at once" },
    { "backends", { "ollama#nomic-embed-text" }, "whom to ask" },
  },
}

local function cosine(a, b)
  local dot, of_a, of_b = 0, 0, 0
  for index = 1, #a do
    dot = dot + a[index] * b[index]
    of_a = of_a + a[index] ^ 2
    of_b = of_b + b[index] ^ 2
  end
  return dot / math.sqrt(of_a * of_b)
end

local batch = {}
for index = 1, opt.batch do
  batch[index] = ("Text number %d is about the colour of the sky."):format(index)
end

for backend in bench.rounds(opt.backends, opt.times) do
  local reply = backend:embed({ "The sky is blue.", "The colour of the sky is blue.", "Cats sleep by day." },
    { label = "three texts" })
  if reply.ok and #reply.vectors == 3 then
    local near, far = cosine(reply.vectors[1], reply.vectors[2]), cosine(reply.vectors[1], reply.vectors[3])
    bench.check(reply, "near", near > far)
  end
  backend:embed(batch, { label = opt.batch .. " texts" })
end
