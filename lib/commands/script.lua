-- bench script RUN: the script that made a run, as it was.
local ask = require "report.ask"
local options = require "core.options"
local output = require "core.output"
local run = require "report.run"

local command = {}

local function fail(message)
  output.err("bench: " .. message .. "\n")
  return 2
end

function command.main()
  if #options.arguments ~= 1 then
    return fail "say which run: bench script RUN"
  end
  local number, message = run.resolve(options.arguments[1])
  if not number then
    return fail(message)
  end
  local row = ask.row("report/run", number)
  if not row.script then
    return fail(("the script of run %d was not kept"):format(number))
  end
  output.out(row.script)
  return 0
end

return command
