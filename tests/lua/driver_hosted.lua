-- luacheck: globals it same refused
local arrivals = require "bench.arrivals"
local crew = require "bench.crew"
local driver = require "bench.driver"
local expect = require "bench.expect"
local load = require "bench.load"
local meeting = require "bench.meeting"
local session = require "bench.session"
local tally = require "bench.tally"
local visit = require "bench.visit"
local window = require "bench.window"

-- A window from 11 s of the run, to 13 s unless it ends by number.
local function state_of_load(requests)
  return driver.new({ arrivals = arrivals.closed(1), warm_seconds = 1, measure = not requests and 2 or nil,
    requests = requests }, { number = 1, began = 10 }, {})
end

it("places what has no plan by its start, whatever was thought when it was let in", function()
  local state = state_of_load()
  local function kinds(one, sched)
    local list = {}
    for i, started in ipairs { 10.9, 11, 12.999, 13, 13.001 } do
      list[i] = state:kind_by_start(one, "as it was", started, sched)
    end
    return table.concat(list, ", ")
  end
  same("warm-up, measure, measure, drain, drain", kinds {})
  same("as it was, as it was, as it was, as it was, as it was", kinds({}, 12.5))
  same("as it was, as it was, as it was, as it was, as it was", kinds { is_counted_warm = true })
  state.round = 0
  same("warm-up", state:kind_by_start({}, "warm-up", 12))
end)

it("measures what was let in as a warm-up and began in the window, while there is one to measure", function()
  local state = state_of_load(1)
  same("measure", state:kind_by_start({}, "measure", 11.5))
  same("warm-up", state:kind_by_start({}, "warm-up", 10.999))
  same("measure", state:kind_by_start({}, "warm-up", 11.001))
  same("drain", state:kind_by_start({}, "warm-up", 11.002))
end)

it("looks for tasks that died where the signal says so, and only there", function()
  local bury, buried = crew.bury, {}
  crew.bury = function(state)
    buried[#buried + 1] = state.number
  end
  local nobody = arrivals.new { kind = "none", text = "none", open = true, ends = 0,
    times = function() return function() end end }
  local next_time = driver.plan(nobody, 1)
  for number, has_failed in ipairs { false, true } do
    local options = { arrivals = nobody, next_time = next_time, measure = 1, drain = 0 }
    local state = driver.new(options, { number = number, began = 0 }, {})
    state.signal = { wait = function() return nil, has_failed end }
    driver.run(state)
  end
  crew.bury = bury
  same({ 2 }, buried)
end)

it("draws a plan before the load has begun", function()
  local begin, scenario, is_drawn, was_drawn = meeting.begin, session.scenario, false, nil
  local drawn = arrivals.new { kind = "drawn", text = "drawn", open = true, ends = 0, times = function()
    is_drawn = true
    return function() end
  end }
  meeting.begin = function()
    was_drawn = is_drawn
    error "far enough"
  end
  session.scenario = { metrics = {} }
  refused("far enough", load.run, { arrivals = drawn, visit = function() end })
  meeting.begin, session.scenario = begin, scenario
  same(true, was_drawn)
end)

it("tells the row, and the load that judges it, of another place", function()
  local placed, told = {}, {}
  local state = state_of_load()
  state.request_ended = function(_, context)
    told[#told + 1] = context.phase_kind
  end
  visit.enter { load = state }
  for i, started in ipairs { 12.9, 13.002 } do
    visit.ended({ context = { phase_kind = "measure" } }, { number = i, outcome = "ok", started = started,
      place = function(_, kind)
        placed[#placed + 1] = kind
      end })
  end
  visit.enter(nil)
  same({ "measure", "drain" }, told)
  same({ "drain" }, placed)
end)

it("counts the tokens of what ended in the window before a late visit opened it", function()
  local sums = tally.new {}
  local state = driver.new({ arrivals = arrivals.steady(1), warm_visits = 1, measure = 2 }, { number = 1, began = 10 },
    sums)
  for _, started in ipairs { 9.5, 10 } do
    state:request_ended({ phase_kind = "warm-up" }, { outcome = "ok", started = started, end_at = 1.002,
      output_tokens = 3, token_events = 3, event_times = function() return { 0.999, 1.001, 1.002 } end })
  end
  window.open(state, 11)
  sums:close(11, 13)
  same(3, sums.completed_tokens)
  same(2.0, sums.delivered_tokens)
end)

it("judges gaps by the microseconds that the timeline has: 124.5 is 125, whatever its float", function()
  local sums = tally.new(expect.read_all({ "icl max < 1s" }, {}))
  sums:add({ name = "a", call = "chat" }, { outcome = "ok", add_columns = function() end,
    event_times = function() return { 0.0001, 0.0001245 } end })
  same(0.025, sums:verdicts(1)[1].value)
end)

it("counts tokens between two moments: of answers that ended there, and all that came there", function()
  local function tokens(outcome, started, took, times, output_tokens)
    local sums = tally.new {}
    sums:count_tokens({ outcome = outcome, output_tokens = output_tokens, token_events = #times,
      event_times = function() return times end }, started, started + took, 11, 13)
    sums:close(11, 13)
    return { sums.completed_tokens, sums.delivered_tokens }
  end
  same({ 8, 8 }, tokens("ok", 11, 2, { 0, 2 }, 8))
  same({ 2, 2 }, tokens("ok", 11.5, 1, { 0.5, 1 }))
  same({ 0, 8 }, tokens("failed", 11.5, 1, { 0.5, 1 }, 8))
  same({ 8, 6.0 }, tokens("ok", 10.5, 1, { 0.25, 0.5, 0.75, 1 }, 8))
  same({ 0, 4.0 }, tokens("ok", 12.5, 1, { 0.25, 0.5, 0.75, 1 }, 8))
  same({ 8, 0 }, tokens("ok", 10.5, 1, {}, 8))
  same({ 0, 0 }, tokens("ok", 9, 1.5, { 1.25, 1.5 }, 8))
  same({ 0, 0 }, tokens("ok", 13.5, 1, { 0.5, 1 }, 8))
  same({ 0, 0 }, tokens("ok", 11.5, 1, {}))
end)
