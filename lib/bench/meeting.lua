-- Where the workers of a run meet: they begin a load at one moment, and at its end each knows what all measured, so
-- that the same script goes on the same way in all of them.
local clock = require "core.clock"
local misuse = require "bench.misuse"
local series = require "core.series"
local tally = require "bench.tally"
local task = require "core.task"
local visit = require "bench.visit"
local workers = require "bench.workers"

local meeting = {}

local lead = 0.02 -- s between the last one's word and the beginning: the time for it to arrive

-- What must be the same in all of them, or they are not making parts of one load.
local function plan_of(read)
  return ("%s, at most %s, warm-up %s, measure %s, requests %s"):format(read.arrivals.text, read.at_most or "any",
    read.warm_seconds or read.warm_visits or 0, read.measure or "none", read.requests or "none")
end

local function check_plans(values)
  for index, value in ipairs(values) do
    if value.plan ~= values[1].plan then
      misuse.raise("--workers: worker 1 came to a load of %s, worker %d to one of %s; where a script goes outside of"
        .. " its loads must not depend on the time of day, or on what its visits left in its variables",
        values[1].plan, index, value.plan)
    end
  end
end

-- load: { number, label } as this worker would call it. Gives it the first one's number and label, and the moment
-- when all begin.
function meeting.begin(read, load)
  load.began = clock.now()
  if workers.count == 1 then
    return load
  elseif visit.current() then
    misuse.refuse_here "--workers: a visit belongs to one worker, and a load to all: begin it outside of visits"
  end
  load.name = workers.next_name "load"
  local values = workers.meet(load.name .. " begins", { number = load.number, label = load.label, now = load.began,
    plan = plan_of(read) })
  check_plans(values)
  load.number, load.label = values[1].number, values[1].label
  for _, value in ipairs(values) do
    load.began = math.max(load.began, value.now + lead)
  end
  return load
end

-- An error in a visit of one of them ends the load in all. Where users come again, the first visit of any of them that
-- is no warm-up opens the window.
function meeting.listen(state, fail, open_window)
  if workers.count == 1 then
    return
  end
  workers.on(state.name .. " failed", function(problem)
    if problem.is_refused then
      fail(state, misuse.remember(problem.text))
    else
      fail(state, problem.text, problem.whose, problem.words)
    end
  end)
  workers.on(state.name .. " opened", function(at)
    if at < (state.window_start or math.huge) then
      open_window(state, at)
    end
  end)
end

local function stop_listening(state)
  workers.on(state.name .. " failed", nil)
  workers.on(state.name .. " opened", nil)
end

function meeting.opened(state, at)
  if workers.count > 1 and not state.arrivals.open then
    workers.tell(state.name .. " opened", at)
  end
end

function meeting.failed(state, problem, whose)
  if workers.count == 1 then
    return
  elseif problem == misuse.refused() then
    workers.tell(state.name .. " failed", { text = tostring(problem), is_refused = true })
    return
  end
  local words = task.in_words(problem)
  local text = type(problem) == "string" and problem or words:match "^[^\n]*"
  workers.tell(state.name .. " failed", { text = text, words = words, whose = whose })
end

local function file_of(state, index)
  return ("%s/%d.load-%d"):format(workers.folder, index, state.number)
end

local function add(a, b)
  return a + b
end

-- How figures of two parts make that of both.
local folds = { window_start = math.min, window_end = math.max, client_cpu = math.max, planned = add, started = add }

local function must(done, message)
  if not done then
    misuse.raise("%s", message)
  end
end

local function part_of(state)
  local counts, lists = state.tally:part()
  lists[#lists + 1] = state.lag
  must(series.save(file_of(state, workers.index + 1), lists))
  local part = { counts = counts, last_planned = state.last_planned, last_lag = state.last_lag,
    next_planned = state.next_planned }
  for name in pairs(folds) do
    part[name] = state[name]
  end
  if state.parts <= workers.index or state.is_unopened then
    part.window_start, part.window_end = nil, nil
  end
  return part
end

local function combine(state, parts)
  for name, fold in pairs(folds) do
    local whole = nil
    for _, part in ipairs(parts) do
      whole = whole and part[name] and fold(whole, part[name]) or whole or part[name]
    end
    state[name] = whole
  end
end

-- The last start that was planned, and the next one that nobody began.
local function combine_plan(state, parts)
  state.last_planned, state.last_lag, state.next_planned = nil, nil, nil
  for _, part in ipairs(parts) do
    if part.last_planned and part.last_planned >= (state.last_planned or 0) then
      state.last_planned, state.last_lag = part.last_planned, part.last_lag
    end
  end
  for _, part in ipairs(parts) do
    if part.next_planned and part.next_planned > (state.last_planned or 0) then
      state.next_planned = math.min(state.next_planned or math.huge, part.next_planned)
    end
  end
end

-- In the order of the workers in each of them: sums of fractions depend on it.
local function combine_tallies(state, parts)
  local whole, lag = tally.new(state.promises), series.new()
  for index, part in ipairs(parts) do
    local lists = whole:take_counts(part.counts, index - 1)
    lists[#lists + 1] = lag
    must(series.add_saved(file_of(state, index), lists))
  end
  state.tally, state.lag = whole, lag
end

-- The state of this worker's part of a load becomes that of the whole.
function meeting.join(state)
  local parts = workers.meet(state.name .. " ends", part_of(state))
  stop_listening(state)
  combine(state, parts)
  if not state.window_start then
    state.window_start, state.window_end = state.began, state.began -- nobody had one
  end
  combine_plan(state, parts)
  combine_tallies(state, parts)
  state.asked_rate = state.arrivals.rate
end

return meeting
