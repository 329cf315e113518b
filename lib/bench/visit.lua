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

-- Where a request belongs: the context of a spec of core.http, with the room for what visit.stamp fills in.
function visit.context(target, call, label)
  return { backend = target.number, name = target.name, call = call, label = label, load = nil, phase = nil,
    phase_kind = nil, user = nil, cold_start = nil }
end

-- Fills what a spec of core.http owes to where it is made. The planned time is the first request's.
function visit.stamp(spec)
  local context, mine = spec.context, own()
  local round, one = mine.round, mine.visit
  context.round = round
  if not one then
    workers.refuse "what is asked outside of a load would be asked"
    context.phase_kind = round == 0 and "warm-up" or "measure"
    spec.lane = 0
    return
  end
  context.phase_kind = one.load:kind_of_request(one)
  context.load, context.phase = one.load, one.load.number
  context.user = one.number
  spec.lane = one.lane
  spec.sched, spec.late = one.planned, one.is_late
  one.planned, one.is_late = nil, nil
end

-- The running task has slept for so many seconds, until now. Who thinks before the first request of a visit planned it
-- so much later.
function visit.slept(seconds, now)
  local one = own().visit
  if one and one.planned then
    one.planned = math.min(one.planned + seconds, now)
  end
end

local function place(spec, one, exchange)
  local context = spec.context
  local kind = one.load:kind_by_start(one, context.phase_kind, exchange.started, spec.sched)
  if kind ~= context.phase_kind then
    context.phase_kind = kind
    exchange:place(kind)
  end
end

-- An exchange that visit.stamp marked is over and judged, and not yet kept. One without a number never began.
function visit.ended(spec, exchange)
  local mine, context = own(), spec.context
  local one, number = mine.visit, exchange.number
  if one and number then
    place(spec, one, exchange)
  end
  session.count(exchange.outcome, context.phase_kind)
  if not one then
    mine.last_turn, mine.last_number = turn, mine.round and number
  end
  if not one or not number then
    keep_waiting(mine, number)
    return
  end
  exchange:attach(context)
  one.last, one.last_number, one.is_refused = context, number, exchange.error_kind == "connect"
  context.cold_start = exchange.cold_start
  one.load:request_ended(context, exchange, spec.sched)
  keep_waiting(mine, number)
end

-- The context of an exchange; nil outside of loads.
function visit.group_of(exchange)
  return exchange:attached()
end

return visit
