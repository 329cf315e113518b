-- bench script RUN: the script that made a run, as it was.
local ask = require "report.ask"
local core_text = require "core.text"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"
local run = require "report.run"

local command = {}

function command.main()
  if #options.arguments ~= 1 then
    return refusal.say "say which run: bench script RUN"
  end
  local number, message = run.resolve(options.arguments[1])
  if not number then
    return refusal.say(message)
  end
  local row = ask.row("report/run", number)
  if not row.script then
    return refusal.say(("the script of run %d was not kept"):format(number))
  end
  output.out(output.is_terminal "stdout" and core_text.shown(row.script) or row.script)
  return 0
end

return command
