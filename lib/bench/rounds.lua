-- bench.rounds: every backend in turn, round after round, the warm-up first.
local backends = require "bench.backend"
local cool = require "bench.cool"
local misuse = require "bench.misuse"
local progress = require "bench.progress"
local random = require "core.random"
local session = require "bench.session"
local targets = require "bench.target"
local task = require "core.task"
local visit = require "bench.visit"
local workers = require "bench.workers"

local rounds = {}

local option_names = { "order", "cool_down", "warm_up", "exclusive" }
local orders = { "abba", "random", "given" }

-- Numbers 1..count in the order of one round. generator is needed for "random" alone.
local function order_of(count, round, order, generator)
  local list = {}
  for index = 1, count do
    list[index] = index
  end
  if order == "abba" and round % 2 == 0 then
    for index = 1, count do
      list[index] = count + 1 - index
    end
  elseif order == "random" then
    for index = count, 2, -1 do
      local other = generator:below(index) + 1
      list[index], list[other] = list[other], list[index]
    end
  end
  return list
end

local function add_warm_ups(plan, index, warm_up)
  for _ = 1, warm_up do
    plan[#plan + 1] = { index, 0 }
  end
end

-- The whole plan: a list of { backend number, round }. Warm-ups have round 0 and come first, as given; where each
-- backend begins with an empty memory (exclusive) they come at each change of the backend.
function rounds.plan(count, times, warm_up, order, generator, exclusive)
  local plan = {}
  for _ = 1, exclusive and 0 or warm_up do
    for index = 1, count do
      add_warm_ups(plan, index, 1)
    end
  end
  for round = 1, times do
    for _, index in ipairs(order_of(count, round, order, generator)) do
      if exclusive and (#plan == 0 or plan[#plan][1] ~= index) then
        add_warm_ups(plan, index, warm_up)
      end
      plan[#plan + 1] = { index, round }
    end
  end
  return plan
end

local function read_options(given)
  misuse.check("bench.rounds: the options", given, "nil", "table")
  given = given or {}
  misuse.check_names("bench.rounds", given, option_names)
  return {
    order = given.order == nil and "abba" or misuse.choice("bench.rounds: order", given.order, orders),
    warm_up = given.warm_up == nil and 1 or misuse.whole("bench.rounds: warm_up", given.warm_up, 0),
    cool_down = cool.read(given.cool_down == nil and 0 or given.cool_down),
    exclusive = misuse.check("bench.rounds: exclusive", given.exclusive, "nil", "boolean"),
  }
end

-- Addresses and backends -> the backends that are there.
local function open_all(list)
  if type(list) == "string" or backends.target(list) then
    list = { list }
  end
  misuse.check("bench.rounds: the backends", list, "table")
  misuse.check_keys("bench.rounds takes a list of backends", list)
  if #list == 0 then
    misuse.raise("bench.rounds: the list of backends is empty")
  end
  local there = {}
  for index = 1, #list do
    local item = list[index]
    local object = backends.target(item) and item or backends.open(item)
    if backends.is_there(object) then
      there[#there + 1] = object
    end
  end
  return there
end

-- Ends the last round, however the loop was left.
local function closer()
  return setmetatable({}, { __close = function()
    session.set_round(nil)
    visit.begin_turn()
  end })
end

local function refuse_list()
  misuse.raise "bench.rounds is no list: for backend, round in bench.rounds(backends, times) do ... end"
end

-- A table that is called: what indexes a function gets words of Lua's own.
local function iterator(next_turn)
  return setmetatable({}, { __call = next_turn, __index = refuse_list, __pairs = refuse_list })
end

-- exclusive: every model but that of there[index] leaves its server before the turn.
local function unload_others(there, index)
  for other, object in ipairs(there) do
    if other ~= index and backends.target(object).is_loaded ~= false then
      object:unload()
    end
  end
end

-- Refused before the first request: a server that keeps its model for ever would keep the memory, too.
local function check_exclusive(there)
  for _, object in ipairs(there) do
    local target = backends.target(object)
    if #there > 1 and not targets.can_unload(target) then
      misuse.raise("bench.rounds: exclusive: %s cannot unload its model (%s); measure it in a run of its own",
        target.name, target.dialect.title)
    end
  end
end

-- The backend of a turn, and its round; nil where the rounds are over. read: the options.
local function begin_turn(there, plan, at, read)
  local turn, before = plan[at], plan[at - 1]
  if not turn or before and not cool.wait(read.cool_down) or task.cancelled() then
    return nil
  end
  local index, round = table.unpack(turn)
  if read.exclusive and not (before and before[1] == index) then
    unload_others(there, index)
  end
  session.set_round(round)
  visit.begin_turn()
  progress.turn(there[index].name, round)
  return there[index], round
end

local stream_of_orders = 1 -- of the run's seed

-- for backend, round in bench.rounds(backends, times, { order, cool_down, warm_up, exclusive })
function rounds.rounds(list, times, given)
  session.declared("bench.rounds")
  workers.refuse "rounds would be made"
  local read = read_options(given)
  times = misuse.whole("bench.rounds: times", times, 1)
  local there = open_all(list)
  if read.exclusive then
    check_exclusive(there)
  end
  local generator = random.new(session.seed(), stream_of_orders)
  local plan = rounds.plan(#there, times, read.warm_up, read.order, generator, read.exclusive)
  progress.plan(#plan, times)
  local at = 0
  local function next_turn()
    if at > 0 then
      progress.turn_done()
    end
    at = at + 1
    return begin_turn(there, plan, at, read)
  end
  return iterator(next_turn), nil, nil, closer()
end

return rounds
