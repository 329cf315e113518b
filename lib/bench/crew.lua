-- The tasks that make the visits of a load. state: of bench.driver; its tasks (visit -> handle), idle ones and the
-- number alive are kept here. It is told when the last one left (signal) and what went wrong (visit_failed).
local room = require "bench.room"
local session = require "bench.session"
local signal = require "core.signal"
local task = require "core.task"
local visit = require "bench.visit"

local crew = {}

local most_idle = 256 -- tasks that wait for a visit

-- A visit in progress has a lane: who comes after it finds its connection. 0 is for asks outside of loads.
local free_lanes, last_lane = {}, 0

local function take_lane()
  local lane = table.remove(free_lanes)
  if not lane then
    last_lane = last_lane + 1
    lane = last_lane
  end
  return lane
end

local function remove(list, wanted)
  for index, one in ipairs(list) do
    if one == wanted then
      return table.remove(list, index)
    end
  end
end

local function enter(state, one, handle)
  state.tasks[one] = handle
  state.alive = state.alive + 1
  room.change(1)
end

local function leave(state, one)
  state.tasks[one] = nil
  state.alive = state.alive - 1
  room.change(-1)
  if state.alive == 0 then
    state.signal:set()
  end
end

-- body(state, one); an error in it is the load's.
local function make_visits(state, body, one)
  local lane = take_lane()
  one.lane = lane
  session.set_round(state.round)
  local ok, problem = task.attempt(body, state, one)
  visit.enter(nil)
  free_lanes[#free_lanes + 1] = lane
  if not ok then
    state:visit_failed(problem, one.number)
  end
  leave(state, one)
end

local function spawn(state, ...)
  local handle = task.spawn(...)
  task.tell(handle, state.signal)
  return handle
end

-- A visit, or several one after the other, in a task of its own.
function crew.start(state, body, one)
  enter(state, one, spawn(state, make_visits, state, body, one))
end

-- A task that is over with its visits waits for the next one that comes. False when there is none, or enough wait.
local function wait_for_visit(state, server)
  if #state.idle == most_idle or task.cancelled() then
    return false
  end
  state.idle[#state.idle + 1] = server
  if not server.signal:wait() then
    remove(state.idle, server)
  end
  return server.one ~= nil
end

local function serve(state, body, server)
  repeat
    local one = server.one
    server.one = nil
    make_visits(state, body, one)
  until not wait_for_visit(state, server)
end

-- The same in the task that was idle last, or in a new one.
function crew.serve(state, body, one)
  local server = table.remove(state.idle)
  if server then
    server.one = one
    server.signal:set()
  else
    server = { one = one, signal = signal.new() }
    server.task = spawn(state, serve, state, body, server)
  end
  enter(state, one, server.task)
end

-- No visit comes any more.
function crew.dismiss(state)
  for _, server in ipairs(state.idle) do
    server.signal:set()
  end
  state.idle = {}
end

local function has_failed(state, handle)
  if not task.failed(handle) then
    return false
  end
  local _, problem = task.join(handle)
  state:visit_failed(problem)
  return true
end

-- Tasks that ended in an error that they could not attempt to catch, for want of memory: their visits did not leave.
function crew.bury(state)
  for one, handle in pairs(state.tasks) do
    if has_failed(state, handle) then
      leave(state, one)
    end
  end
  for _, server in ipairs(state.idle) do
    has_failed(state, server.task)
  end
end

-- Ends the waits of all visits, or of those that have this mark.
function crew.finish(state, which)
  for one, handle in pairs(state.tasks) do
    if not which or one[which] then
      task.finish(handle)
    end
  end
end

return crew
