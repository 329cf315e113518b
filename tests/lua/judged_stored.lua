-- luacheck: globals it same
-- What the questions behind a verdict make of kept rows.
local ask = require "report.ask"
local json = require "bench.json"
local judge = require "report.judge"
local lists = require "bench.lists"
local rules = require "report.rules"
local store = require "core.store"

local BEGAN = "2026-11-25T09:00:00.000Z"

local function keep_run(uuid, requests)
  store.write("run_imported", uuid, "tool", "file", "{}", "1.0", 0, BEGAN, nil, nil)
  local run = store.last_id()
  store.write("backend", run, 1, "a", "openai")
  for seq, request in ipairs(requests) do
    request.seq, request.phase, request.streamed = seq, request.phase or 1, request.streamed or 0
    store.write("request_imported", run, json.encode(request), request.t_start and BEGAN)
  end
  return run
end

it("knows over how many seconds a load went whose end nobody knows, by those who were turned away, too", function()
  local run = keep_run("seconds", {
    { backend = 1, call = "chat", outcome = "ok", t_start = 2000000000, t_end = 3000000000 },
    { backend = 1, call = "chat", label = "other", outcome = "ok", t_start = 0, t_end = 30000000000 },
    { outcome = "dropped", t_sched = 6000000000 },
  })
  same(4.0, ask.row("report/judged_seconds", run, "a", nil, 1).seconds)
end)

it("judges loads in the order in which they began, whichever had the first answer", function()
  local run = keep_run("order", {
    { backend = 1, call = "chat", outcome = "ok", phase = 2, label = "b", t_start = 0, t_end = 1000000 },
    { backend = 1, call = "chat", outcome = "ok", phase = 1, label = "a", t_start = 1000000, t_end = 3000000 },
    { backend = 1, call = "chat", outcome = "ok", phase = 2, label = "c", t_start = 2000000, t_end = 3000000 },
    { backend = 1, call = "chat", outcome = "ok", phase = 1, label = "c", t_start = 3000000, t_end = 4000000 },
  })
  local found = judge.promises(run, { "errors < 1%" })
  same({ "a", "c", "b", "c" }, lists.column(found, "label"))
end)

it("says by how much the time per token rose or fell over the rounds, where it did so in most of them", function()
  local function said(name, grows, rounds)
    local requests = {}
    for round = 1, rounds do
      local first, tpot = 1000000000 * round, 10000000 * grows ^ (round - 1)
      requests[round] = { backend = 1, call = "chat", outcome = "ok", streamed = 1, round = round, output_tokens = 11,
        token_source = "usage", t_start = first - 50000000, t_first_token = first,
        t_last_token = first + math.floor(10 * tpot), t_end = first + math.floor(10 * tpot) }
    end
    local warning = lists.find(rules.apply(store.query, { run = keep_run(name, requests) }), "code", "drift")
    return warning and warning.text:match "^(.-) %(bound 5 %%%)"
  end
  same("The time per token of a rose 20 % over the rounds", said("rises", 1.2 ^ (1 / 9), 10))
  same("The time per token of a fell 10 % over the rounds", said("falls", 0.9 ^ (1 / 7), 8))
  same(nil, said("soon", 1.2 ^ (1 / 6), 7))
  same(nil, said("hardly", 1.04 ^ (1 / 9), 10))
end)

it("says of a server whose own clock has it decode at another speed what that is", function()
  local function said(name, tpot)
    local answer = { backend = 1, call = "chat", outcome = "ok", streamed = 1, output_tokens = 21,
      token_source = "usage", t_start = 0, t_first_token = 1000000000, t_last_token = 1000000000 + 20 * tpot,
      t_end = 1000000000 + 20 * tpot, server_decode_ns = 200000000, server_decode_tokens = 21 }
    local warning = lists.find(rules.apply(store.query, { run = keep_run(name, { answer }) }), "code", "decode_apart")
    return warning and warning.text:match "^[^:]*"
  end
  same("a decodes 100 tok/s by its own clock, 50 by ours", said("apart", 20000000))
  same("a decodes 100 tok/s by its own clock, 125 by ours", said("apart, faster", 8000000))
  same(nil, said("near", 10900000))
end)
