-- The processes that make a run together (bench run --workers N). Each runs the whole script and begins its part of
-- every load; here is who has which part, and how they agree where a script must go the same way in all of them.
local core = require "core.worker"
local json = require "bench.json"
local misuse = require "bench.misuse"
local record = require "core.record"
local signal = require "core.signal"
local task = require "core.task"

local workers = { index = core.index, count = core.count, folder = core.folder } -- index 0 is the first

-- This worker's part of a whole number; all parts together are it. parts: how many workers have one.
function workers.share(total, parts)
  if workers.index >= parts then
    return 0
  end
  return total // parts + (workers.index < total % parts and 1 or 0)
end

-- ---- names that are the same in all of them ----

local counts = {}

local function next_name(what)
  local name = (task.own().branch or "") .. what
  counts[name] = (counts[name] or 0) + 1
  return ("%s %d"):format(name, counts[name])
end

-- Of a call that begins several tasks: a function to be called in each with its number.
function workers.branch()
  local name = next_name "branch"
  return function(number)
    task.own().branch = ("%s.%d "):format(name, number)
  end
end

workers.next_name = next_name

-- ---- what they say ----

local heard = {}     -- name -> index -> value
local waiting = {}   -- name -> signal
local listeners = {} -- name -> function(value)
local gone = {}      -- index -> true

local function wake_all()
  for _, one in pairs(waiting) do
    one:set()
  end
end

local function take(from, text)
  local name, value = text:match "^([^\n]*)\n(.*)$"
  value = json.decode(value)
  if listeners[name] then
    listeners[name](value)
    return
  end
  heard[name] = heard[name] or {}
  heard[name][from] = value
  if waiting[name] then
    waiting[name]:set()
  end
end

local function listen()
  local from, text = core.hear()
  while from do
    if text then
      take(from, text)
    else
      gone[from] = true
      wake_all()
    end
    from, text = core.hear()
  end
  for index = 0, workers.count - 1 do
    gone[index] = index ~= workers.index or nil
  end
  wake_all()
end

local listener

local function tell(name, value)
  listener = listener or task.spawn(listen)
  core.tell(name .. "\n" .. json.encode(value))
end

workers.tell = tell

-- What others tell under a name goes to a function from now on; nil: no longer.
function workers.on(name, f)
  listeners[name] = f
end

-- The first who has not said it, or nil.
local function missing(values)
  for index = 0, workers.count - 1 do
    if values[index] == nil then
      return index
    end
  end
end

local function raise_parted(index)
  misuse.raise("--workers: worker %d ended before it came here; where a script goes outside of its loads must not "
    .. "depend on the time of day, or on what its visits left in its variables", index + 1)
end

-- Waits until all have said something under a name, be they told to end or not; a list in their order. What is
-- said goes through JSON, this worker's own as well, so that all see the same.
function workers.meet(name, value)
  tell(name, value)
  local values = heard[name] or {}
  heard[name], waiting[name] = values, signal.new()
  values[workers.index] = json.decode(json.encode(value))
  local index = missing(values)
  while index do
    if gone[index] then
      raise_parted(index)
    end
    waiting[name]:await()
    index = missing(values)
  end
  heard[name], waiting[name] = nil, nil
  return table.move(values, 0, workers.count - 1, 1, {})
end

-- What the first finds, in all of them. f() gives a value that JSON can hold.
function workers.first(what, f)
  if workers.count == 1 then
    return f()
  end
  local found = { from = workers.index, value = workers.index == 0 and f() or nil }
  return workers.meet(next_name(what), found)[1].value
end

-- A row of the whole run, which all of them would write: the first does.
function workers.record(...)
  if workers.index == 0 then
    record.write(...)
  end
end

local times_seeded = 0

-- Chance outside of visits (math.random) grows from the seed, and is the same in all of them from here on; behind a
-- load it is not that of before.
function workers.align(seed)
  times_seeded = times_seeded + 1
  math.randomseed(seed, times_seeded)
end

-- What would be done by each of them.
function workers.refuse(what)
  if workers.count > 1 then
    misuse.refuse_here("--workers shares loads among processes, and %s in each of them: do it in a visit of "
      .. "bench.load, or leave --workers out", what)
  end
end

return workers
