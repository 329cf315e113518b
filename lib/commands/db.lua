-- bench db check|vacuum|rm RUN: the file that keeps the runs. (`bench db path` needs no file and is C's.)
local core_text = require "core.text"
local leftovers = require "report.leftovers"
local options = require "core.options"
local output = require "core.output"
local run = require "report.run"
local store = require "core.store"

local command = {}

local verbs = {}

local function fail(message, code)
  output.err("bench: " .. message .. "\n")
  return code or 2
end

function verbs.check()
  leftovers.say()
  local well, message = store.check()
  if not well then
    return fail(message, 6)
  end
  output.out(store.path() .. " is well\n")
  return 0
end

function verbs.vacuum()
  local opened, message = store.open_write()
  if not opened then
    return fail(message, 6)
  end
  store.vacuum()
  output.out(store.path() .. " was packed\n")
  return 0
end

function verbs.rm(word)
  if not word then
    return fail "say which run: bench db rm RUN"
  end
  local opened, message = store.open_write()
  if not opened then
    return fail(message, 6)
  end
  local number
  number, message = run.resolve(word)
  if not number then
    return fail(message)
  end
  local removed
  removed, message = store.remove(number)
  if not removed then
    return fail(message, 6)
  end
  output.out(("removed run %d\n"):format(number))
  return 0
end

local names = { "path", "check", "vacuum", "rm" }

function command.main()
  local verb, word = options.arguments[1], options.arguments[2]
  if not verb then
    return fail "say what to do: bench db path, check, vacuum, or rm RUN"
  elseif not verbs[verb] then
    local near = core_text.nearest(verb, names)
    return fail(("bench db has no %s%s (path, check, vacuum, rm)"):format(verb,
      near and ". Did you mean " .. near .. "?" or ""))
  end
  return verbs[verb](word)
end

return command
