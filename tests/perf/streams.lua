-- Many streams at once, each kept as it is: what ./dev perf measures bench with.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Many streams at once from one server",
  options = {
    { "server",  bench.required, "whom to ask" },
    { "streams", 1,   "how many at once" },
    { "rounds",  1,   "how many one after the other" },
    { "tokens",  16,  "of each answer" },
    { "words",   1,   "of each prompt" },
  },
}

local backend = bench.backend(opt.server)
local prompt = ("hi"):rep(opt.words, " ")
local users = {}
for user = 1, opt.streams do
  users[user] = function()
    for _ = 1, opt.rounds do
      backend:ask(prompt, { max_tokens = opt.tokens })
    end
  end
end
bench.together(users)
