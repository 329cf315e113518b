-- Which visit of a load the running task is in, and what its requests get from it: phase, user, planned time,
-- the connection of its user. Outside of loads a request belongs to a round, or to nothing.
local session = require "bench.session"
local task = require "core.task"
local workers = require "bench.workers"

local visit = {}

local visits = setmetatable({}, { __mode = "k" })    -- thread of a task -> visit
local last_of_turn = setmetatable({}, { __mode = "k" }) -- thread of a task -> number of its last request in this turn
local groups = setmetatable({}, { __mode = "k" })    -- exchange -> { load, backend, number, label, phase_kind }

function visit.current()
  return visits[task.thread()]
end

-- A turn of bench.rounds begins, or the rounds are over.
function visit.begin_turn()
  last_of_turn = setmetatable({}, { __mode = "k" })
end

-- The last request of this task in its visit or, in rounds, in its turn; nil: there was none.
function visit.last_number()
  local one = visit.current()
  if one then
    return one.last_number
  end
  return last_of_turn[task.thread()]
end

-- nil: none.
function visit.enter(one)
  visits[task.thread()] = one
end

-- Fills what a spec of core.http owes to where it is made. The planned time is the first request's.
function visit.stamp(spec)
  local context, round, one = spec.context, session.round(), visit.current()
  context.round = round
  if not one then
    workers.refuse "what is asked outside of a load would be asked"
    context.phase_kind = round == 0 and "warm-up" or "measure"
    spec.lane = 0
    return
  end
  context.phase_kind = one.load:kind_of_request(one)
  context.phase = one.load.number
  context.user = one.number
  spec.lane = one.lane
  spec.sched, spec.late = one.planned, one.is_late
  one.planned, one.is_late = nil, nil
end

-- An exchange that visit.stamp marked is over and judged, and not yet kept. One without a number never began.
function visit.ended(spec, exchange, target)
  local one, context = visit.current(), spec.context
  session.count(exchange.outcome, context.phase_kind)
  if not one then
    last_of_turn[task.thread()] = session.round() and exchange.number
  end
  if not one or not exchange.number then
    return
  end
  local group = { load = one.load, backend = target.name, number = target.number, label = context.label,
    phase_kind = context.phase_kind }
  groups[exchange] = group
  one.last, one.last_number = group, exchange.number
  one.load:request_ended(group, exchange, spec.sched)
end

-- Where an exchange belongs: { load, backend, number, label, phase_kind }; nil outside of loads.
function visit.group_of(exchange)
  return groups[exchange]
end

return visit
