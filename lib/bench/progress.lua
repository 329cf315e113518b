-- One live line on stderr while a run goes on, only where stderr is a terminal.
local clock = require "core.clock"
local lists = require "bench.lists"
local options = require "core.options"
local output = require "core.output"
local workers = require "bench.workers"

local progress = {}

local shown = output.is_terminal("stderr") and not options.quiet and workers.index == 0

local plan = { total = nil, done = 0 }
local latest = { round = nil, rounds = nil, backend = nil }
local loads = {} -- those that go on, the last begun at the end
local no_error = { ok = true, cancelled = true, incomplete = true }
local in_flight, errors, dropped = 0, 0, 0
local last_rate, last_ttft -- of the latest answer
local last_drawn = -1
local least_interval = 0.1 -- s between two drawings

local function span(seconds)
  local whole = math.floor(seconds + 0.5)
  return ("%d:%02d"):format(whole // 60, whole % 60)
end

-- What remains, if the rest takes as long as what is done; "" before anything is done, and behind the last turn.
local function remaining(elapsed)
  if not plan.total or plan.done == 0 or plan.done == plan.total then
    return ""
  end
  return (", about %s left"):format(span(elapsed / plan.done * (plan.total - plan.done)))
end

-- A load by its name, and how far its window is.
local function load_words(load)
  local now = clock.now()
  if load.requests then
    return ("%s  %d/%d"):format(load.label, math.min(load.tally.requests, load.requests), load.requests)
  elseif not load.window_start or now < load.window_start then
    return load.label .. "  warm-up"
  elseif load.closes_at and now >= load.closes_at then
    return load.label .. "  draining"
  end
  return ("%s  %s%s"):format(load.label, span(now - load.window_start),
    load.measure and "/" .. span(load.measure) or "")
end

local function line()
  local load, elapsed = loads[#loads], clock.now()
  return lists.joined("  ", workers.count > 1 and ("1 of %d workers"):format(workers.count),
    latest.round and (latest.round == 0 and "warm-up" or ("round %d/%d"):format(latest.round, latest.rounds)),
    latest.backend,
    load and load_words(load) or plan.total and ("%d/%d"):format(plan.done, plan.total) or plan.done .. " done",
    in_flight > 1 and in_flight .. " in flight",
    last_rate and ("%.1f tok/s"):format(last_rate), last_ttft and ("TTFT %.0f ms"):format(last_ttft * 1000),
    dropped > 0 and dropped .. " turned away", errors == 1 and "1 error" or errors .. " errors",
    span(elapsed) .. remaining(elapsed))
end

local function draw(always)
  if not shown then
    return
  end
  local now = clock.now()
  if not always and now - last_drawn < least_interval then
    return
  end
  last_drawn = now
  local text = require "report.text"
  output.status(text.cut(text.line(line()), output.columns() - 1))
end

-- A plan of `total` turns begins.
function progress.plan(total, rounds)
  plan.total = (plan.total or 0) + total
  latest.rounds = rounds
end

function progress.turn(backend, round)
  latest.backend, latest.round = backend, round
  draw()
end

function progress.turn_done()
  plan.done = plan.done + 1
  latest.round = plan.done < plan.total and latest.round or nil
  draw()
end

function progress.started(backend)
  if not shown then
    return
  end
  in_flight = in_flight + 1
  latest.backend = backend
  draw()
end

-- load: as bench.driver has it.
function progress.load(load)
  loads[#loads + 1] = load
  draw()
end

function progress.load_done(load)
  for index = #loads, 1, -1 do
    if loads[index] == load then
      table.remove(loads, index)
    end
  end
  draw()
end

-- An arrival was turned away.
function progress.dropped()
  dropped = dropped + 1
  draw()
end

-- exchange: as core.http gives it.
function progress.ended(exchange)
  if not shown then
    return
  end
  in_flight = in_flight - 1
  if not no_error[exchange.outcome] then
    errors = errors + 1
  end
  last_rate = exchange.tpot and 1 / exchange.tpot
  last_ttft = exchange.ttft
  if not plan.total then
    plan.done = plan.done + 1
  end
  draw()
end

return progress
