-- luacheck: globals it same
local crew = require "bench.crew"
local session = require "bench.session"
local signal = require "core.signal"
local task = require "core.task"

local function state_of_load()
  local problems = {}
  return { tasks = {}, idle = {}, alive = 0, round = 1, signal = signal.new(), visit_failed = function(_, problem)
    problems[#problems + 1] = problem
  end }, problems
end

-- As where memory is gone: the error is raised where nothing is attempted yet.
local function without_memory(check)
  local set_round = session.set_round
  session.set_round = function()
    error("not enough memory", 0)
  end
  local ok, problem = pcall(check)
  session.set_round = set_round
  assert(ok, problem)
end

it("tells a signal of the task that ends in an error, and of no other", function()
  local told = signal.new()
  local function watch(f)
    local handle = task.spawn(f)
    task.tell(handle, told)
    return handle
  end
  local well = watch(function() return 1 end)
  same(true, (task.join(well)))
  same(false, told:wait(0))
  local ill = watch(error)
  local set, has_failed = told:wait()
  same({ true, true, true, false }, { set, has_failed, task.failed(ill), task.failed(well) })
  task.tell(ill, told)
  told:set()
  same({ true, true }, { told:await() })
  told:set()
  same({ true, false }, { told:wait() })
end)

it("lets a visit leave whose task ended before it could", function()
  local state, problems = state_of_load()
  without_memory(function()
    crew.start(state, print, {})
    crew.serve(state, print, {})
    while state.alive > 0 do
      local _, has_failed = state.signal:wait()
      same(true, has_failed)
      crew.bury(state)
    end
  end)
  same({ "not enough memory", "not enough memory" }, problems)
  same(nil, next(state.tasks))
end)

it("fails the load by a task that ended while it waited for a visit", function()
  local state, problems = state_of_load()
  crew.serve(state, function() end, {})
  state.signal:wait()
  same({ 0, 1 }, { state.alive, #state.idle })
  without_memory(function()
    crew.serve(state, function() end, {})
    state.signal:wait()
    crew.bury(state)
  end)
  same({ { "not enough memory" }, 0 }, { problems, state.alive })
end)
