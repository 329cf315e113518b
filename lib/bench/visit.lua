-- Which visit of a load the running task is in, and what its requests get from it: phase, user, planned time,
-- the connection of its user. Outside of loads a request belongs to a round, or to nothing.
local session = require "bench.session"
local task = require "core.task"
local workers = require "bench.workers"

local visit = {}

-- Of a task's own: visit; last_number, of its last request in the turn last_turn of bench.rounds.
local own = task.own

local turn = 0

function visit.current()
  return own().visit
end

-- Whether the next request of the running task has a planned time: whatever is asked before it makes it late.
function visit.is_planned()
  local one = own().visit
  return one ~= nil and one.planned ~= nil
end

local function keep_waiting(mine, number)
  local waiting = mine.waiting
  if not waiting then
    return
  end
  mine.waiting = nil
  for _, keep in ipairs(waiting) do
    keep(number)
  end
end

-- A turn of bench.rounds begins, or the rounds are over.
function visit.begin_turn()
  keep_waiting(own(), nil)
  turn = turn + 1
end

-- The last request of this task in its visit or, in rounds, in its turn; nil: there was none.
function visit.last_number()
  local mine = own()
  if mine.visit then
    return mine.visit.last_number
  end
  return mine.last_turn == turn and mine.last_number or nil
end

-- Calls keep(number) with the request that what a script measures belongs to: the last one, or, before the first of its
-- visit or turn, that one, since what goes before it is a part of it; nil: none.
function visit.with_request(keep)
  local mine, number = own(), visit.last_number()
  if number or not (mine.visit or mine.round) then
    keep(number)
  else
    mine.waiting = mine.waiting or {}
    table.insert(mine.waiting, keep)
  end
end

-- nil: none.
function visit.enter(one)
  local mine = own()
  keep_waiting(mine, nil)
  mine.visit = one
end

-- A request begins: what a spec of core.http owes to where it is made, its context, lane, sched and late. The planned
-- time is the first request's.
function visit.begin(target, call, label)
  local mine = own()
  local round, one = mine.round, mine.visit
  if not one then
    workers.refuse "what is asked outside of a load would be asked"
    return { backend = target.number, name = target.name, call = call, label = label, round = round,
      phase_kind = round == 0 and "warm-up" or "measure" }, 0
  end
  local load, sched, late = one.load, one.planned, one.is_late
  local kind = load:kind_of_request(one)
  one.planned, one.is_late = nil, nil
  return { backend = target.number, name = target.name, call = call, label = label, round = round, phase_kind = kind,
    load = load, phase = load.number, user = one.number, cold_start = nil }, one.lane, sched, late
end

-- The running task has slept for so many seconds, until now. Who thinks before the first request of a visit planned it
-- so much later.
function visit.slept(seconds, now)
  local one = own().visit
  if one and one.planned then
    one.planned = math.min(one.planned + seconds, now)
  end
end

local heard = { ok = true, cancelled = true, incomplete = true }

-- A refused key, a gateway without its server, a wrong path: each answers as quickly as a refused connection.
local function got_nothing(exchange)
  return not heard[exchange.outcome] and exchange.token_events == 0
end

local function place(spec, one, exchange)
  local context = spec.context
  local kind = one.load:kind_by_start(one, context.phase_kind, exchange.started, spec.sched)
  if kind ~= context.phase_kind then
    context.phase_kind = kind
    exchange:place(kind)
  end
end

-- The exchange of a spec is over and judged, and not yet kept. One without a number never began.
function visit.ended(spec, exchange)
  local mine, context = own(), spec.context
  local one, number = mine.visit, exchange.number
  if one and number then
    place(spec, one, exchange)
  end
  local outcome = exchange.outcome
  session.count(outcome, context.phase_kind)
  if not one then
    mine.last_turn, mine.last_number = turn, mine.round and number
  end
  if not one or not number then
    keep_waiting(mine, number)
    return
  end
  one.last, one.last_number = context, number
  one.is_refused = got_nothing(exchange)
  context.cold_start = exchange.cold_start
  one.load:request_ended(context, exchange, spec.sched)
  keep_waiting(mine, number)
end

-- The context of an exchange; nil outside of loads.
function visit.group_of(exchange)
  local context = exchange:context()
  return context.load and context
end

return visit
