-- bench help views: out of the views themselves.
local embedded = require "core.embedded"
local text = require "report.text"

local FOLDER = "db/views/"

local HEAD = [[
Views: what bench sql can ask

  bench sql "SELECT backend, avg(ttft_ms) FROM request_metrics WHERE run = 42
             AND phase_kind = 'measure' AND outcome = 'ok' GROUP BY backend"

They keep their names and units; the tables behind them may change. The unit is
in the name: _ms, _s, _tps (tokens a second), memory and bytes in bytes; _at is
a time of day in UTC. Null is "does not exist", never 0. run and backend join
any two, request those that have it; phase, prompt and machine likewise. median,
percentile(x, 95) and stddev are there beside SQLite's own aggregates.

]]

local TAIL = [[

Words in their columns

  status        running, done, interrupted, failed, crashed (its process left)
  phase_kind    warm-up, measure, drain (after the window): nearly any question
                wants measure
  call          chat (ask, chat), complete, embed, http
  cache         as-is, bypass: as the script asked; null where no model answered
  outcome       ok; failed, truncated, incomplete, empty, cancelled (bench help
                reply); dropped: an arrival that a load turned away
  error_kind    bench help reply
  token_source  who counted output_tokens: usage (the server), tokenizer (it
                counted the text again), events (ours: an estimate), none
  stamp_source  of arrival times: kernel, mixed, clock (taken after the read)
  http_version  by which the answer came: 1.0, 1.1, 2; null where none did
  lump          1: the first tokens came at once, so TTFT is late and decode too
                fast; null where nothing was streamed
  at_once       1: all tokens came in one piece: only the end can be seen
  in_pieces     1: they came in a few pieces of many, so decode looks too fast
  packet_loss   1: the network lost packets of it, or mixed their order
  streamed, cold_start, simulated, imported, passed, kept    1, 0 or null

  flags         a list, with commas; flags LIKE '%late%' finds one
    burst         all tokens came at once: no decode speed
    cached        part of the prompt came from a cache
    coalesced     tokens arrived together and share a time
    corrected     a count was mended by what else the server said
    flushed       the last event lacked the blank line that ends one
    late          began later than planned by the client's own fault
    not_applied   a setting that this server does not have was left out
    reconnected   a kept connection was dead: sent again on a new one
    reset         the connection was reset after the answer was whole
    short         fewer tokens than min_tokens or ignore_eos asked for

A summary over rows that do not match is no number: group by backend, call,
label and phase, as run_summary does. bench sql --query NAME has questions ready
to run; without a name it lists them.
]]

-- The comment above the view.
local function meaning(sql)
  local words = {}
  for line in sql:match "^(.-)\nDROP":gmatch "[^\n]+" do
    words[#words + 1] = line:match "^%-%-%s*(.*)$"
  end
  return table.concat(words, " ")
end

-- Each column is the last name of a line in the outer list.
local function columns(sql)
  local names = {}
  for line in sql:match "\nSELECT\n(.-)\nFROM":gmatch "[^\n]+" do
    names[#names + 1] = line:gsub("%s*%-%-.*$", ""):match "AS (%l[%w_]*),?$"
  end
  return table.concat(names, ", ")
end

local function described(path)
  local sql = embedded.text(path)
  return path:match "([^/]+)%.sql$" .. "\n" .. text.wrap(columns(sql), "    ", "    ")
    .. text.wrap(meaning(sql), "      ", "      ")
end

-- Those of other tools' definitions come last.
local ours, others = {}, {}
for _, path in ipairs(embedded.list(FOLDER)) do
  local list = path:find("/as_", 1, true) and others or ours
  list[#list + 1] = described(path)
end

return HEAD .. table.concat(ours) .. table.concat(others) .. TAIL
