-- A reader who is slow holds up the task that prints, and nobody else.
local clock = require "core.clock"
local output = require "core.output"
local task = require "core.task"

local slow_reader = {}

function slow_reader.wait()
  while output.is_full() and task.can_wait() do
    clock.sleep(0.01)
  end
end

return slow_reader
