-- luacheck: globals it same
local arrivals = require "bench.arrivals"
local driver = require "bench.driver"
local visit = require "bench.visit"

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

it("tells the row, and the load that judges it, of another place", function()
  local placed, told = {}, {}
  local state = state_of_load()
  state.request_ended = function(_, context)
    told[#told + 1] = context.phase_kind
  end
  visit.enter { load = state }
  for i, started in ipairs { 12.9, 13.002 } do
    visit.ended({ context = { phase_kind = "measure" } }, { number = i, outcome = "ok", started = started,
      attach = function() end, place = function(_, kind)
        placed[#placed + 1] = kind
      end })
  end
  visit.enter(nil)
  same({ "measure", "drain" }, told)
  same({ "drain" }, placed)
end)
