-- bench show RUN
local leftovers = require "report.leftovers"
local options = require "core.options"
local output = require "core.output"
local refusal = require "report.refusal"
local run = require "report.run"
local show = require "report.show"

local command = {}

function command.main()
  if #options.arguments > 1 then
    return refusal.say "show takes one run"
  end
  local number, message = run.resolve(options.arguments[1] or "last")
  if not number then
    return refusal.say(message)
  end
  leftovers.say()
  local print = options.requests and show.requests or show.run
  print(number, options.format or "table", output.out)
  return 0
end

return command
