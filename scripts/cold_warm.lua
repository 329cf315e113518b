#!/usr/bin/env -S bench run
-- What a first request costs: cold (the model is loaded first), fresh (a prompt that is in no cache), cached.
-- Cold starts are kept apart from all other requests; bench sql --query cold_against_warm shows them, too.
local bench = require "bench"

local opt = bench.scenario {
  summary = "The first request, a new prompt, the same again",
  options = {
    { "backends", { "ollama", "llamacpp" }, "whom to ask" },
    { "times",    3,                        "how often to begin anew" },
    { "words",    200,                      "length of the prompt" },
  },
}

-- No two are alike from their first words on, so no cache knows one.
local count = 0
local function new_prompt()
  count = count + 1
  return ("Story %d of %.6f. "):format(count, bench.now()) .. ("Once upon a time. "):rep(opt.words // 4)
    .. "How does it go on?"
end

local names, sums = {}, {} -- of the times to first tokens, by backend and kind

local function ask(backend, prompt, kind)
  local reply = backend:ask(prompt, { max_tokens = 16, temperature = 0, label = kind })
  local sum = sums[backend.name][kind]
  sum.is_asked = true
  if reply.ok and reply.ttft then
    sum.seconds, sum.n = sum.seconds + reply.ttft, sum.n + 1
  end
end

for backend in bench.rounds(opt.backends, opt.times, { warm_up = 0 }) do
  if not sums[backend.name] then
    names[#names + 1] = backend.name
    sums[backend.name] = { cold = { seconds = 0, n = 0 }, fresh = { seconds = 0, n = 0 },
      cached = { seconds = 0, n = 0 } }
  end
  if pcall(backend.unload, backend) then
    ask(backend, new_prompt(), "cold")
  end
  local prompt = new_prompt()
  ask(backend, prompt, "fresh")
  ask(backend, prompt, "cached")
end

for _, name in ipairs(names) do
  for _, kind in ipairs { "cold", "fresh", "cached" } do
    local sum = sums[name][kind]
    local words = sum.n > 0 and ("%.0f ms to the first token on average"):format(1000 * sum.seconds / sum.n)
    print(("%-12s %-7s %s"):format(name, kind, words or sum.is_asked and "no answer" or "cannot unload its model"))
  end
end
