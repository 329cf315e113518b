-- bench.together: several things at once.
local misuse = require "bench.misuse"
local session = require "bench.session"
local task = require "core.task"
local visit = require "bench.visit"
local workers = require "bench.workers"

local together = {}

local function check_list(list)
  if type(list) ~= "table" then
    misuse.raise("bench.together takes a list, { function() ... end, ... }, not %s", misuse.kind(list))
  end
  misuse.check_keys("bench.together takes a list, { function() ... end, ... }", list)
  for index = 1, #list do
    if type(list[index]) ~= "function" then
      misuse.raise("bench.together: number %d is no function, function() ... end, but %s", index,
        misuse.kind(list[index]))
    end
  end
end

-- What one of the tasks does. all: what they have in common.
local function run_one(all, index, one)
  session.set_round(all.round)
  visit.enter(all.visit)
  all.enter_branch(index)
  local ok, result = task.attempt(one)
  visit.enter(nil)
  if ok then
    all.results[index] = result
  elseif not all.has_failed then
    all.has_failed, all.failure = true, result
    for _, other in ipairs(all.tasks) do
      task.finish(other)
    end
  end
end

-- Runs each function as a task; results in the order of the list, the first result of each. An error in
-- one ends the waits of the others and is raised once all have returned.
function together.together(list)
  session.declared("bench.together")
  check_list(list)
  local all = { round = session.round(), visit = visit.current(), enter_branch = workers.branch(), tasks = {},
    results = {}, has_failed = false, failure = nil }
  for index, one in ipairs(list) do
    all.tasks[index] = task.spawn(run_one, all, index, one)
  end
  for _, each in ipairs(all.tasks) do
    task.join(each)
  end
  if all.has_failed then
    task.pass_on(all.failure)
  end
  return table.unpack(all.results, 1, #list)
end

return together
