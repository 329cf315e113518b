#!/usr/bin/env -S bench run
-- Conversations: each user asks, thinks and asks again, and the whole conversation is sent each time. With a prefix
-- cache the later turns begin as fast as the first one; without it they get slower.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Several users in conversations of several turns",
  options = {
    { "backend",       "ollama", "whom to ask" },
    { "users",         4,        "how many talk at the same time" },
    { "conversations", 12,       "as many questions are measured as so many have" },
    { "turns",         4,        "questions of each" },
    { "think",         "1s",     "between an answer and the next question" },
    { "max_tokens",    64,       "length of an answer" },
  },
}

local questions = {
  "Tell me about a town by the sea.", "Who lives there?", "What did they do this morning?",
  "Why?", "And what happened then?", "Say that in other words.", "What would you have done?",
}

local backend = bench.backend(opt.backend)

bench.load {
  arrivals = bench.closed(math.min(opt.users, opt.conversations)),
  requests = opt.conversations * opt.turns,
  visit = function(user)
    local messages = { { role = "system", content = ("You tell stories. This is story %d."):format(user.visit) } }
    for turn = 1, opt.turns do
      messages[#messages + 1] = { role = "user", content = user:pick(questions) }
      local reply = backend:chat(messages, { max_tokens = opt.max_tokens, label = "turn " .. turn })
      if not reply.ok then
        return
      end
      messages[#messages + 1] = { role = "assistant", content = reply.text }
      if turn < opt.turns then
        bench.sleep(opt.think)
      end
    end
  end,
}
