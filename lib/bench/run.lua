-- How a scenario is run, and how it is only looked at. C calls these two as the first task of a host.
local address = require "bench.address"
local clock = require "core.clock"
local ending = require "report.ending"
local http = require "bench.http"
local json = require "bench.json"
local log = require "bench.log"
local misuse = require "bench.misuse"
local options = require "core.options"
local output = require "core.output"
local permissions = require "bench.permissions"
local progress = require "bench.progress"
local sandbox = require "bench.sandbox"
local scenario = require "bench.scenario"
local session = require "bench.session"
local source = require "core.source"
local strict = require "bench.strict"
local task = require "core.task"
local twice = require "bench.twice"
local visit = require "bench.visit"
local workers = require "bench.workers"

local run = {}

local exit_well, exit_unreached = 0, 4

local function like_options()
  local text = options["like-options"]
  return text and json.decode(text) or nil
end

-- Before there is a run to print.
local function check_outputs()
  for _, path in ipairs(options.output or {}) do
    local format, message = ending.format(path, options.format)
    if not format then
      misuse.refuse(message)
    end
  end
end

-- What the command line said, in one table.
local function arguments()
  return {
    strict = options.strict == true,
    text = options["no-text"] ~= true,
    like = like_options(),
    interactive = workers.count == 1 and output.is_terminal("stdin") and output.is_terminal("stderr"),
  }
end

-- The globals beside Lua's own. A print must not stand behind a live status line.
local function add_globals()
  local print_line = sandbox.environment.print
  sandbox.add("http", http)
  sandbox.add("log", strict.sealed("log", log))
  sandbox.add("json", strict.sealed("json", { encode = json.encode, decode = json.decode, array = json.array,
    null = json.null }))
  sandbox.add("print", function(...)
    progress.clear()
    print_line(...)
  end)
end

-- All workers run the same script: what is not said by a visit is said by the first.
local function silence_others()
  for _, name in ipairs { "out", "err" } do
    local say = output[name]
    output[name] = function(text)
      if workers.index == 0 or visit.current() then
        say(text)
      end
    end
  end
end

local function load_script()
  add_globals()
  local script = source.script()
  local chunk, message = source.load(script.text, script.path)
  if not chunk then
    misuse.refuse(require("bench.syntax").explain(message, script.text))
  end
  local complaint = twice.complaint(script.text, script.path)
  if complaint then
    misuse.refuse(complaint)
  end
  return chunk, script
end

local function refuse_undeclared(script)
  if not session.scenario then
    misuse.refuse(("%s: there is no bench.scenario in it; bench new NAME writes one to start from"):format(script.path))
  end
end

-- A run that was interrupted while it looked found nobody, which says nothing about the servers.
local function nobody_was_there()
  if task.cancelled() then
    return false
  end
  for _, target in ipairs(session.targets) do
    if not target.absent then
      return false
    end
  end
  return #session.targets > 0
end

-- What to do instead: an address of a server that has other models, or of another server.
local function advice(flag)
  for _, target in ipairs(session.targets) do
    if target.offered then
      return ("Name a model that is there (--%s %s)"):format(flag, address.to_write(target.parts, target.offered))
    end
  end
  return ("Start one, name another (--%s vllm://gpu:8000)"):format(flag)
end

local function say_nothing_to_measure(script)
  local flag = scenario.address_flag() or "backends"
  output.err(([[
Nothing to measure. %s,
or look around without a server:  bench run %s --%s sim
]]):format(advice(flag), script.path, flag))
end

local function outcome(script)
  if nobody_was_there() then
    say_nothing_to_measure(script)
    return exit_unreached
  end
  local reached_none = workers.count == 1 and session.failed > 0 and session.ok == 0 and session.cancelled == 0
  if reached_none or session.absent_named then
    return exit_unreached
  end
  return exit_well
end

local least_run = 2 -- s: a shorter one leaves nobody the time to start a server again

local function look_again(began)
  if workers.index == 0 and not task.cancelled() and clock.now() - began > least_run then
    require("bench.changed").look(session.targets)
  end
end

-- Runs the scenario; an exit code. Errors of the script propagate.
function run.main()
  check_outputs()
  session.begin(arguments())
  permissions.begin(options["allow-net"], options["allow-env"])
  if workers.count > 1 then
    silence_others()
  end
  workers.align(session.seed())
  local chunk, script = load_script()
  local began = clock.now()
  chunk()
  look_again(began)
  progress.clear()
  if misuse.refused() then
    error(misuse.refused(), 0)
  end
  refuse_undeclared(script)
  return outcome(script)
end

-- Runs the script as far as bench.scenario and prints what it declares.
function run.describe()
  session.begin(arguments())
  permissions.begin()
  session.describing = {}
  local chunk, script = load_script()
  local thread = coroutine.create(chunk)
  local ok, result = coroutine.resume(thread)
  if not ok then
    error(result, 0)
  end
  refuse_undeclared(script)
  output.out(require("bench.introduce").text(session.scenario, script))
  return exit_well
end

return run
