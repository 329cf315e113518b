-- Why a command does not do what it was asked for.
local output = require "core.output"

local refusal = {}

-- -> the exit code, of wrong usage where none is given.
function refusal.say(message, code)
  output.err("bench: " .. message .. "\n")
  return code or 2
end

return refusal
