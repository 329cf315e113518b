#!/usr/bin/env -S bench run
-- Users close the tab, servers are busy, answers stall: every setting about waiting in one place, and what
-- a reply says when it is not ok. A failed request is data: the script goes on, the row is kept.
local bench = require "bench"

local opt = bench.scenario {
  summary = "Leaving early, trying again, giving up",
  options = {
    { "times",   3, "how often" },
    { "backend", "ollama#qwen2:0.5b", "whom to ask" },
  },
}

local backend = bench.backend(opt.backend, {
  settings = {
    max_tokens = 64,
    timeouts = { connect = "2s", first_token = "2m", idle = "30s" },
    retries = 2, -- after 429, 503 and a refused connection; Retry-After is obeyed up to 60 s
  },
})

for _ = 1, opt.times do
  local pieces = 0
  local patient = backend:ask("Why is the sky blue?", {
    label = "patient",
    on_token = function() pieces = pieces + 1 end, -- as each arrives; it may not wait
  })
  log.info(("patient: %s, %d pieces, %d attempts"):format(patient.outcome, pieces, patient.attempts))

  -- closes the connection after 100 ms, as a user who closes the tab: neither success nor error
  local hasty = backend:ask("Why is the sky blue? At length, please.", { label = "hasty", cancel_after = "100ms" })
  if not hasty.ok then
    log.info(("hasty: %s after %d characters"):format(hasty.outcome, utf8.len(hasty.text)))
  end
  bench.sleep("50ms")
end
bench.note("patience", "100 ms")
