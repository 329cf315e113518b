-- bench db check|vacuum|rm RUN...: the file that keeps the runs. (`bench db path` needs no file and is C's.)
local leftovers = require "report.leftovers"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"
local run = require "report.run"
local store = require "core.store"

local command = {}

local verbs = {}

function verbs.check()
  leftovers.say()
  local well, message = store.check()
  if not well then
    return refusal.say(message, 6)
  end
  output.out(store.path() .. " is well\n")
  return 0
end

function verbs.vacuum()
  local opened, message = store.open_write()
  if not opened then
    return refusal.say(message, 6)
  end
  store.vacuum()
  output.out(store.path() .. " was packed\n")
  return 0
end

local function remove(number)
  local removed, message = store.remove(number)
  if not removed then
    return refusal.say(message, 6)
  end
  output.out(("removed run %d\n"):format(number))
  return 0
end

function verbs.rm(words)
  if #words == 0 then
    return refusal.say "say which run: bench db rm RUN..."
  end
  local opened, problem = store.open_write()
  if not opened then
    return refusal.say(problem, 6)
  end
  local numbers, message = run.resolve_all(words) -- before `last` is another one
  if not numbers then
    return refusal.say(message)
  end
  for _, number in ipairs(numbers) do
    local code = remove(number)
    if code ~= 0 then
      return code
    end
  end
  return 0
end

local names = { "path", "check", "vacuum", "rm" }

function command.main()
  local words = table.move(options.arguments, 2, #options.arguments, 1, {})
  local verb = options.arguments[1]
  if not verb then
    return refusal.say "say what to do: bench db path, check, vacuum, or rm RUN..."
  elseif not lists.has(names, verb) then
    return refusal.say(("bench db has no %s%s (path, check, vacuum, rm)"):format(verb, misuse.near(verb, names)))
  end
  if verb ~= "rm" and #words > 0 then
    return refusal.say(("bench db %s takes no word more; another file is --db FILE"):format(verb))
  end
  return verbs[verb](words)
end

return command
