-- Which requests of a load are measured: those of its window, by their plan or by their start, and as many as it is to
-- have. state: of bench.driver; its window_start, closes_at, quota, begun and taken are kept here.
local clock = require "core.clock"
local meeting = require "bench.meeting"
local workers = require "bench.workers"

local window = {}

-- Of two planned moments that differ by less than a nanosecond neither is before the other: a window that begins with
-- an arrival has it, and one that ends with an arrival has not, whatever floats make of their sums.
function window.is_before(at, moment)
  return at < moment - 0.5e-9
end

-- The window begins with the first visit that is no warm-up; whoever waits for its end looks again.
function window.open(state, at)
  state.window_start = at
  state.closes_at = state.measure and at + state.measure
  state.signal:set()
end

-- quota: this worker's share of `requests`, once it is known. Who has none only warms up.
function window.is_full(state)
  return state.quota ~= nil and state.taken >= state.quota
    and (state.quota > 0 or state.begun >= (state.warm_visits or 0))
end

-- One of the requests that the load is to measure.
local function take(state)
  state.taken = state.taken + 1
  if window.is_full(state) then
    state.signal:set()
  end
end

-- How many of the first `number` arrivals are this worker's.
local function own_among(state, number)
  return (number + state.parts - 1 - workers.index) // state.parts
end

-- The next one begins, here or in another worker, planned at `at`: is it a warm-up, and for being among the first?
function window.count(state, at)
  local is_counted_warm = state.begun < (state.warm_visits or 0)
  state.begun = state.begun + 1
  if state.quota == 0 and window.is_full(state) then
    state.signal:set()
  end
  if not state.window_start and not is_counted_warm then
    window.open(state, at)
    meeting.opened(state, at)
  end
  local is_warm = is_counted_warm or window.is_before(at, state.window_start)
  if not is_warm and state.requests and not state.quota then
    state.quota = own_among(state, state.begun + state.requests - 1) - own_among(state, state.begun - 1)
    state.signal:set()
  end
  return is_warm, is_counted_warm
end

-- The how-manyth visit of the load has just begun. Where users come again they are numbered as if one came after the
-- other, each in turn: no two workers have the same, and all together leave none out.
local function number_of_visit(state)
  if state.arrivals.open then
    return state.begun
  end
  local users, before = state.arrivals.users, state.begun - 1
  local own = workers.share(users, state.parts)
  return before // own * users + before % own * state.parts + workers.index + 1
end

-- At the beginning of a visit, planned at `at`: is it a warm-up, and does it take one of the requests?
function window.admit(state, one, at)
  one.is_warm, one.is_counted_warm = window.count(state, at)
  one.of_user.visit = number_of_visit(state)
  if state.has_warm_up then
    one.of_user.is_warm = one.is_warm
  end
  if not one.is_warm then
    state.planned = state.planned + 1
    one.has_taken = true
    take(state)
  end
end

function window.has_closed(state)
  return state.window_end ~= nil or state.closes_at ~= nil and clock.now() >= state.closes_at
end

local function take_or_drain(state)
  if window.is_full(state) then
    return "drain"
  end
  take(state)
  return "measure"
end

-- Where a request of a visit belongs that begins now: by its plan, which what a visit sleeps before it moves, or by now
-- where it has none. The first one was counted when the visit was.
function window.kind_of_request(state, one)
  local at, ending = one.planned or clock.now(), state.window_end or state.closes_at
  if state.round == 0 or one.is_counted_warm or window.is_before(at, state.window_start) then
    return "warm-up"
  elseif ending and not window.is_before(at, ending) then
    return "drain"
  elseif one.has_taken then
    one.has_taken = false
    return "measure"
  end
  return take_or_drain(state)
end

-- The same of one that has ended, by its start, which comes some ms after it was let in at times. sched: its plan,
-- or nil.
function window.kind_by_start(state, one, kind, started, sched)
  if sched or state.round == 0 or one.is_counted_warm then
    return kind
  elseif window.is_before(started, state.window_start) then
    return "warm-up"
  elseif state.closes_at then
    return window.is_before(started, state.closes_at) and "measure" or "drain"
  elseif kind ~= "warm-up" then
    return kind
  end
  return take_or_drain(state)
end

return window
