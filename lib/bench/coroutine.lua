-- coroutine, pcall and xpcall for a state beside a scenario. A wait of the host passes through the
-- script's own coroutines, and nothing catches the error that ends a script which ran too long.
-- The host loads it before anything else and puts what it returns in the place of Lua's own, for lib/
-- and scenario alike.
local misuse = require "bench.misuse"
local task = require "core.task"

local real = {
  create = coroutine.create,
  resume = coroutine.resume,
  yield = coroutine.yield,
  close = coroutine.close,
  status = coroutine.status,
  running = coroutine.running,
  isyieldable = coroutine.isyieldable,
  pcall = pcall,
  xpcall = xpcall,
}

-- Coroutines made here: true while a wait of the host passes through one, else false. The key is there
-- from the start, so that nothing is allocated on the way of a wait.
local waiting = setmetatable({}, { __mode = "k" })

-- The results of a protected call; the end of the script's time is no result.
local function checked(ok, ...)
  if not ok and task.expired() then
    task.expire()
  end
  return ok, ...
end

local function protected(f, ...)
  return checked(real.pcall(f, ...))
end

-- A handler that loops is stopped like everything else, and is not asked about that.
local function protected_with(f, handler, ...)
  local function guarded(...)
    if task.expired() then
      return ...
    end
    return handler(...)
  end
  misuse.check("xpcall's handler", handler, "function")
  return checked(real.xpcall(f, guarded, ...))
end

local function status(co)
  return waiting[co] and "normal" or misuse.lend(real.status, co)
end

local resume

-- What a resume gave: a wait goes up to the task, and down again when it is over.
local function passed(co, ok, ...)
  if not (ok and task.is_wait((...))) then
    return checked(ok, ...)
  end
  waiting[co] = true
  real.yield(task.wait)
  waiting[co] = false
  return passed(co, real.resume(co))
end

local function released(before, ...)
  task.hold(before)
  return checked(...)
end

-- Only what create() made can be resumed or closed: the thread of a task belongs to the host.
local function refusal(co, what)
  if type(co) ~= "thread" then
    error(("coroutine.%s needs a coroutine, not a %s"):format(what, type(co)), 3)
  end
  if waiting[co] == nil then
    return ("cannot %s what is no coroutine of a script"):format(what)
  end
  return waiting[co] and ("cannot %s a coroutine that waits"):format(what)
end

function resume(co, ...)
  local refused = refusal(co, "resume")
  if refused then
    return false, refused
  end
  if real.isyieldable() then
    return passed(co, real.resume(co, ...))
  end
  -- Nothing can wait up to here, so nothing may wait below.
  return released(task.hold(true), real.resume(co, ...))
end

local function create(f)
  local co = misuse.lend(real.create, f)
  task.watch(co)
  waiting[co] = false
  return co
end

local function closed(before, ok, ...)
  task.hold(before)
  if not ok then
    error((...), 0)
  end
  return checked(...)
end

-- What a coroutine closes on its way out cannot wait.
local function close(co)
  local refused = refusal(co, "close")
  if refused then
    return false, refused
  end
  return closed(task.hold(true), real.pcall(real.close, co))
end

-- As Lua's own wrap: an error closes the coroutine and goes on to the caller; of one that could not run it is the
-- caller's.
local function wrapped(co, could_run, ok, ...)
  if ok then
    return ...
  end
  local message = ...
  if not could_run then
    error(message, 2)
  end
  if real.status(co) == "dead" then
    local well, problem = close(co)
    if not well then
      message = problem
    end
  end
  error(message, 0)
end

local function wrap(f)
  local co = create(f)
  return function(...)
    return wrapped(co, status(co) == "suspended", resume(co, ...))
  end
end

local function running()
  local co, is_main = real.running()
  return co, is_main or waiting[co] == nil
end

local function yield(...)
  if waiting[real.running()] == nil then
    error("attempt to yield from outside a coroutine", 2)
  end
  return real.yield(...)
end

local function isyieldable(co)
  co = co or real.running()
  return waiting[co] ~= nil and real.isyieldable(co)
end

return {
  pcall = protected,
  xpcall = protected_with,
  coroutine = {
    create = create,
    resume = resume,
    yield = yield,
    close = close,
    wrap = wrap,
    running = running,
    isyieldable = isyieldable,
    status = status,
  },
}
