-- How a load goes: who begins when, who waits or is turned away, when the window is over, and how what was begun
-- is drained. Moments are seconds since the run began. bench.load makes the state and says what came of it.
local clock = require "core.clock"
local crew = require "bench.crew"
local http = require "core.http"
local lists = require "bench.lists"
local meeting = require "bench.meeting"
local progress = require "bench.progress"
local random = require "core.random"
local series = require "core.series"
local session = require "bench.session"
local signal = require "core.signal"
local task = require "core.task"
local user = require "bench.user"
local visit = require "bench.visit"
local window = require "bench.window"
local workers = require "bench.workers"

local driver = {}

-- Of a state, which has them as fields: half of what a visit asks of it is nil, and would be looked up in here, too.
local methods = { kind_of_request = window.kind_of_request, kind_by_start = window.kind_by_start }

local late_bound = 0.010      -- s: what begins later than that, by our own fault, is flagged
local stream_of_plan = 100    -- of the run's seed; one more for each load
local ahead = 0.00009         -- s: so long before its plan a visit begins; its first request is held, awake, until then
local pause_of_refused = 0.1  -- s, before a user of a closed load comes again
local patience = 1            -- s, for visits that should leave, before it is asked whether the run goes on
local starts_in_a_row = 64    -- of a plan that is behind, before the network has its turn

-- What this worker's users do of a whole number that all share, as they would in one process if none were slower.
local function share_of_users(total, users, parts)
  return total // users * workers.share(users, parts) + workers.share(total % users, parts)
end

-- Of arrivals with a schedule every `parts`-th is this worker's; of users likewise, and of what is counted their share.
local function take_part(state)
  local most = state.arrivals.users or state.at_most
  state.parts = math.min(workers.count, most or workers.count)
  if state.arrivals.open then
    state.room = state.at_most and workers.share(state.at_most, state.parts)
    state.quota = state.requests == 0 and 0 or nil
  else
    local users, parts, warm = state.arrivals.users, state.parts, state.warm_visits or 0
    local own_warm = share_of_users(warm, users, parts)
    state.quota = state.requests and share_of_users(warm + state.requests, users, parts) - own_warm
    state.warm_visits = state.warm_visits and own_warm
  end
end

-- The plan of the run's so-manyth load: what gives its next time; nil where it has none. To draw it may take seconds.
function driver.plan(shape, number)
  return shape.open and shape.times(random.new(session.seed(), stream_of_plan + number)) or nil
end

-- options: as bench.load read them, next_time as driver.plan gave it; load: { number, label, began, name } as
-- bench.meeting gave it; sums: a bench.tally.
function driver.new(options, load, sums)
  local state = { tally = sums, round = session.round(), signal = signal.new(), lag = series.new(), tasks = {},
    idle = {}, alive = 0, begun = 0, taken = 0, planned = 0, started = 0, queue = {}, queue_first = 1, queue_last = 0,
    asked_rate = options.arrivals.rate }
  for _, fields in ipairs { methods, options, load } do
    lists.fill(state, fields)
  end
  state.has_warm_up = (state.warm_seconds or state.warm_visits or 0) > 0
  if (state.warm_visits or 0) == 0 then
    state.window_start = state.began + (state.warm_seconds or 0)
  end
  take_part(state)
  state.closes_at = state.measure and state.window_start and state.window_start + state.measure
  return state
end

-- Where no duration says when the window ends, it lasts until the last measured request has ended. Where nobody has
-- opened it yet, a visit that is late may; where users come again to several workers, another one's may have.
local function count_tokens(state, context, exchange, started, ended)
  local from, to = state.window_start, state.closes_at or context.phase_kind == "measure" and math.huge or nil
  if workers.count > 1 and not state.arrivals.open and from and started < from then
    from = nil
  end
  state.tally:count_tokens(exchange, started, ended, from, to)
end

-- context: as bench.visit made it.
function methods.request_ended(state, context, exchange, sched)
  local started, took = exchange.started, exchange.end_at
  local ended = started and took and started + took
  if ended then
    count_tokens(state, context, exchange, started, ended)
  end
  if context.phase_kind == "measure" then
    state.tally:add(context, exchange, started, sched)
    state.last_end = math.max(state.last_end or 0, ended or 0)
  end
end

-- ---- visits ----

local function is_over(state)
  return state.failure ~= nil or state.is_cancelled or window.is_full(state)
end

-- The error that ended the load. whose: which visit of many to look at, or nil. words: all that the process where it
-- was knows of it; nil: that is this one.
local function fail(state, problem, whose, words)
  state.failure = state.failure or { problem, whose = whose, words = words }
  state.signal:set()
end

function methods.visit_failed(state, problem, number)
  local after = session.ok + session.cancelled + session.failed
  local whose = number
    and ("in the visit of user %d, after %d request%s"):format(number, after, after == 1 and "" or "s")
  if not state.failure then
    meeting.failed(state, problem, whose)
  end
  fail(state, problem, whose)
end

function driver.raise(failure)
  if failure.words then
    task.remember(failure[1], failure.words)
  end
  task.pass_on(failure[1], failure.whose)
end

-- Late by our own fault is who did not wait for others to leave.
local function note_start(state, one, now)
  local lag = one.planned and math.max(0, now - one.planned) or 0
  if not one.is_warm then
    state.started = state.started + 1
    state.last_lag = lag
    if one.planned and not one.has_waited then
      state.lag:add(lag)
    end
  end
  one.is_late = lag > late_bound and not one.has_waited or nil
end

local function run_visit(state, one)
  visit.enter(one)
  note_start(state, one, clock.now())
  state.visit(one.user)
end

-- Turned away; a row says so.
local function turn_away(state, one, message)
  local kind = (one.is_warm or state.round == 0) and "warm-up" or "measure"
  http.drop { sched = one.planned, message = message,
    context = { phase = state.number, phase_kind = kind, user = one.number, round = state.round } }
  if kind == "measure" then
    state.tally:drop()
  end
  progress.dropped()
end

local function next_in_queue(state)
  if state.queue_first > state.queue_last then
    return nil
  end
  local one = state.queue[state.queue_first]
  state.queue[state.queue_first] = nil
  state.queue_first = state.queue_first + 1
  if state.queue_first > state.queue_last then
    state.signal:set()
  end
  return one
end

-- Who leaves makes room for who waits.
local function visit_in_turn(state, one)
  local lane = one.lane
  repeat
    one.lane = lane
    run_visit(state, one)
    one = not task.cancelled() and not state.failure and not window.has_closed(state) and next_in_queue(state)
  until not one
end

-- With room for what comes.
local function new_visit(state, number, row)
  local one = { load = state, number = number, user = nil, of_user = nil, lane = nil, planned = nil, is_warm = nil,
    is_counted_warm = nil, has_taken = nil, has_waited = nil, is_late = nil, is_refused = nil, last = nil,
    last_number = nil }
  one.user, one.of_user = user.new(number, row, state.number)
  return one
end

-- ---- with a schedule ----

local function arrive(state, number, planned, row)
  local one = new_visit(state, number, row)
  one.planned = planned
  window.admit(state, one, planned)
  if not state.room or state.alive < state.room then
    crew.serve(state, visit_in_turn, one)
  elseif state.when_full == "drop" then
    turn_away(state, one, ("turned away: %s%d %s in progress (at_most)"):format(
      workers.count > 1 and "a worker's share of " or "", state.at_most, state.at_most == 1 and "visit was"
      or "visits were"))
  else
    one.has_waited = true
    state.queue_last = state.queue_last + 1
    state.queue[state.queue_last] = one
  end
end

-- What a wait for the signal gave: true when something happened, false at its moment.
local function take_note(state, woken, has_failed)
  if has_failed then
    crew.bury(state)
  end
  state.is_cancelled = state.is_cancelled or woken == nil
  return woken ~= false
end

-- Waits once.
local function wait(state, at)
  return take_note(state, state.signal:wait(at))
end

-- Waits for a moment; false when the load is over before.
local function wait_until(state, at)
  while not is_over(state) do
    if not wait(state, at) then
      return true
    end
  end
  return false
end

-- Nothing begins any more once what was begun should have left.
local function is_drained(state)
  return state.closes_at ~= nil and clock.now() >= state.closes_at + state.drain
end

-- A plan that is behind catches up: nobody after it is shifted.
local function wait_for_turn(state, planned)
  if planned - ahead > clock.now() or state.in_a_row >= starts_in_a_row then
    state.in_a_row = 0
    return wait_until(state, planned - ahead)
  end
  state.in_a_row = state.in_a_row + 1
  return not is_over(state) and not is_drained(state)
end

local function run_open(state)
  local next_time, number = state.next_time, 0
  state.in_a_row = 0
  while state.parts > workers.index do
    local at, row = next_time()
    local is_own = number % state.parts == workers.index
    state.next_planned = at and state.began + at
    if not at or state.closes_at and not window.is_before(state.next_planned, state.closes_at) or is_over(state)
      or is_own and not wait_for_turn(state, state.next_planned) then
      break
    end
    number = number + 1
    if is_own then
      state.last_planned = state.next_planned
      arrive(state, number, state.next_planned, row)
    else
      window.count(state, state.next_planned)
    end
  end
end

-- ---- one visit after the other ----

local function may_begin(state)
  return not is_over(state) and not window.has_closed(state) and not task.cancelled()
end

local function wait_for_ramp(state, one)
  local share = state.arrivals.over / state.arrivals.users
  one.waits_for_ramp = true
  clock.sleep_until(state.began + (one.number - 1) * share)
  one.waits_for_ramp = nil
end

-- A visit that asked nothing must not keep the network waiting. What turns users away does so in microseconds: one who
-- came again at once would fill the file with thousands of rows a second that all say the same.
local function come_again(state, one)
  if state.arrivals.over > 0 then
    wait_for_ramp(state, one)
  end
  while may_begin(state) do
    local number = one.last_number
    window.admit(state, one, clock.now())
    run_visit(state, one)
    if one.last_number == number then
      clock.sleep(0)
    elseif one.is_refused then
      clock.sleep(pause_of_refused)
    end
  end
end

local function run_closed(state)
  for number = workers.index + 1, state.arrivals.users, state.parts do
    local one = new_visit(state, number)
    crew.start(state, come_again, one)
  end
end

-- ---- the end ----

local function turn_queue_away(state, message)
  local one = next_in_queue(state)
  while one do
    turn_away(state, one, message)
    one = next_in_queue(state)
  end
end

local function is_broken(state)
  return state.failure ~= nil or state.is_cancelled
end

-- Waits while `going(state)`, until a moment at the latest; false when that came.
local function wait_while(state, going, at)
  while going(state) and not is_broken(state) do
    if not wait(state, at) then
      return false
    end
  end
  return not is_broken(state)
end

local function is_open(state)
  return state.parts > workers.index and not window.is_full(state) and not window.has_closed(state)
end

local function has_queue(state)
  return state.queue_first <= state.queue_last
end

local function has_visits(state)
  return state.alive > 0
end

-- A window of a duration ends with it; of a load that ends by number, those that wait are part of it. One that nobody
-- came to open has no length: what still runs are warm-ups.
local function close_window(state)
  while is_open(state) and not is_broken(state) and (state.closes_at or not state.arrivals.open) do
    wait(state, state.closes_at)
  end
  if not is_broken(state) and not state.closes_at then
    wait_while(state, has_queue)
  end
  local now = clock.now()
  if not state.window_start then
    state.window_start, state.window_end, state.is_unopened = now, now, true
  elseif state.closes_at then
    state.window_end = math.max(state.window_start, math.min(now, state.closes_at))
  end
  turn_queue_away(state, "still waiting when the window ended")
  crew.finish(state, "waits_for_ramp")
end

-- Visits end at their next wait once the time to drain is over. In a run that was interrupted, which has 2 s, nobody
-- waits for those that go on all the same: what was measured is still to be judged.
local function drain(state)
  if not wait_while(state, has_visits, clock.now() + state.drain) then
    crew.finish(state)
  end
  while has_visits(state) do
    local has_news = take_note(state, state.signal:await(clock.now() + patience))
    if not has_news and task.all_cancelled() then
      break
    end
  end
end

-- The span that the plan had for its measured starts, and how long they took.
function driver.set_rates(state)
  local seconds, span = state.window_end - state.window_start, nil
  if not state.arrivals.open then
    state.achieved_rate = seconds > 0 and state.started / seconds or nil
    return
  elseif state.closes_at then
    span = seconds
  elseif state.planned > 0 then
    local till = state.next_planned and state.next_planned > state.last_planned and state.next_planned
    span = till and till - state.window_start or state.asked_rate and state.planned / state.asked_rate
      or state.planned > 1 and (state.last_planned - state.window_start) * state.planned / (state.planned - 1) or 0
  end
  if span and span > 0 then
    state.asked_rate = state.asked_rate or state.planned / span
    state.achieved_rate = state.started / (span + (not state.closes_at and state.last_lag or 0))
  end
end

function driver.run(state)
  meeting.listen(state, fail, window.open)
  if workers.count > 1 then
    clock.sleep_until(state.began)
  end
  if state.arrivals.open then
    run_open(state)
  else
    run_closed(state)
  end
  close_window(state)
  drain(state)
  crew.dismiss(state)
  state.window_end = state.window_end
    or math.max(state.window_start, state.last_end or clock.now(), state.last_planned or 0)
end

return driver
