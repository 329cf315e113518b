#!/usr/bin/env -S bench run
-- Idea: users who come when they want to, not when the server is ready. What they wait for counts from the
-- moment when they came: TTFT from the send and TTFT from the schedule part when the server falls behind.
local bench = require "bench"

local opt = bench.scenario {
  summary = "A rush hour: visits come faster and faster, each a short conversation",
  options = {
    { "backend", "sim#m@ttft=40ms@tpot=4ms@output_tokens=12@slots=8", "whom to ask" },
    { "rate", 20, "visits per second at the height of it" },
    { "ramp", "2s", "how long it takes to get there" },
  },
  expect = { "errors < 1%" },
}

local backend = bench.backend(opt.backend)
local questions = { "Where does the bus to the harbour leave?", "Is the museum open on Mondays?",
  "Which tram goes to the station?", "Where can I rent a bicycle?" }

-- The conversation is a table that the visit keeps; to think is to sleep, and sleeps are no latency.
local function visit(user)
  local messages = { { role = "user", content = user:pick(questions) } }
  local reply = backend:chat(messages, { max_tokens = 12, label = "first" })
  if not reply.ok then
    return
  end
  bench.sleep(0.05 + 0.1 * user:random())
  messages[2] = { role = "assistant", content = reply.text }
  messages[3] = { role = "user", content = "And on Sundays?" }
  backend:chat(messages, { max_tokens = 12, label = "second" })
end

local load = bench.load {
  arrivals = bench.ramp(1, opt.rate, opt.ramp),
  measure = "3s",
  at_most = 64, -- beyond that visits wait, in the open
  visit = visit,
}

-- The same visits by 8 users, each of whom comes again when the last visit is over: the server sets the pace.
local closed = bench.load {
  arrivals = bench.closed(8, { over = "500ms" }),
  warm_up = "1s",
  measure = "2s",
  visit = visit,
}

print(("visits: %.1f/s came, %.1f/s began; 8 users by themselves: %.1f/s"):format(load.asked_rate,
  load.achieved_rate, closed.achieved_rate))
