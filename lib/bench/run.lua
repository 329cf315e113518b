-- How a scenario is run, and how it is only looked at. C calls these two as the first task of a host.
local clock = require "core.clock"
local ending = require "report.ending"
local http = require "bench.http"
local json = require "bench.json"
local log = require "bench.log"
local misuse = require "bench.misuse"
local nobody = require "bench.nobody"
local options = require "core.options"
local output = require "core.output"
local permissions = require "bench.permissions"
local sandbox = require "bench.sandbox"
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

-- The globals beside Lua's own.
local function add_globals()
  sandbox.add("http", http)
  sandbox.add("log", strict.sealed("log", log))
  sandbox.add("json", strict.sealed("json", { encode = json.encode, decode = json.decode, array = json.array,
    null = json.null }))
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

local function outcome()
  if nobody.is_there() then
    nobody.say()
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
  if misuse.refused() then
    error(misuse.refused(), 0)
  end
  refuse_undeclared(script)
  return outcome()
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
