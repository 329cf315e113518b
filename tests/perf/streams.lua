-- Many streams at once, each kept as it is: what ./dev perf measures bench with.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Many streams at once from one server",
  options = {
    { "server",  bench.required, "whom to ask" },
    { "streams", 1,   "how many at once" },
    { "rounds",  1,   "how many one after the other" },
    { "tokens",  16,  "of each answer" },
    { "padding", 0,   "bytes of each body beside its prompt, of no two the same" },
  },
}

local backend = bench.backend(opt.server)
local users = {}
for user = 1, opt.streams do
  users[user] = function()
    for _ = 1, opt.rounds do
      local extra = opt.padding > 0 and { padding = user .. ("."):rep(opt.padding) } or nil
      backend:ask("hi", { max_tokens = opt.tokens, extra = extra })
    end
  end
end
bench.together(users)
