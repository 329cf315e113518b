#!/usr/bin/env -S bench run
-- The loop that everybody writes first: post a question, stop the time, count the characters.
-- Everything it does is kept as well: `bench show last --requests` has each request.
-- What it cannot see: when the first word came, how many tokens there were, what came from a cache, and
-- whether two servers run the same weights. scripts/sky_blue.lua asks the same and sees all of that.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Post, stop the time, count the characters of the answer: by hand",
  options = {
    { "question", "为什么天空是蓝色的", "what to ask" },
    { "times",    5,                    "how often" },
    { "server",   "ollama#qwen2:0.5b",  "an Ollama, at its usual port or elsewhere" },
  },
}

local server = bench.backend(opt.server)

for time = 1, opt.times do
  local began = bench.now()
  local response = http.post(server.url .. "/api/generate", {
    json = { model = server.model, prompt = opt.question, stream = false },
  })
  local seconds = bench.now() - began
  if response.ok then
    -- the answer, not the JSON around it; characters, not bytes
    local answer = json.decode(response.body).response
    local characters = utf8.len(answer)
    print(("%d: %d characters in %.2f s, %.1f a second"):format(time, characters, seconds, characters / seconds))
    bench.record("chars_by_hand", characters / seconds, "chars/s")
  else
    print(("%d: %s"):format(time, response.error.message))
  end
end
