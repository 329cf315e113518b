-- What belongs to this run: how it was called, what the script declared, whom it asked so far. One Lua
-- state runs one scenario, so this module's table is the run.
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local options = require "core.options"
local task = require "core.task"

local session = {
  args = {},       -- what run.main was called with
  scenario = nil,  -- what bench.scenario declared: name, summary, metrics, promises
  describing = nil, -- the sentinel that bench.scenario yields when only the declaration is wanted
  targets = {},    -- backends by number, those of http included
  ok = 0, cancelled = 0, failed = 0, -- requests that ended, warm-ups left out
  absent = {},     -- names of backends that were not there
  absent_named = false, -- one of them was named on the command line
}

function session.begin(args)
  session.args = args
end

-- What all random numbers of the run begin with.
function session.seed()
  return math.tointeger(tonumber(options.seed)) or 0
end

-- Everything but the declaration itself comes after it.
function session.declared(name)
  if not session.scenario then
    misuse.refuse_here("bench.scenario { ... } must be the first call of a script, before %s", name)
  end
  return session.scenario
end

-- The round that the running task is in. A task that bench.together started begins with its parent's.
function session.round()
  return task.own().round
end

-- nil: outside of rounds.
function session.set_round(round)
  task.own().round = round
end

function session.count(outcome, phase_kind)
  if phase_kind == "warm-up" then
    return
  end
  if outcome == "ok" or outcome == "cancelled" then
    session[outcome] = session[outcome] + 1
  else
    session.failed = session.failed + 1
  end
end

function session.add_target(target)
  session.targets[#session.targets + 1] = target
  target.number = #session.targets
  return target
end

-- The name, made unique by a number where it was not given and comes twice.
function session.unique_name(wanted, given)
  local taken = lists.set(lists.column(session.targets, "name"))
  if given and taken[wanted] then
    misuse.raise("two backends are called \"%s\"; give each a name of its own", wanted)
  end
  return lists.free(wanted, taken, "")
end

return session
