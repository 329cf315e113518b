-- The global `log`: words for whoever watches, on stderr.
local output = require "core.output"
local slow_reader = require "bench.slow_reader"

local log = {}

local function say(mark, ...)
  local words = {}
  for index = 1, select("#", ...) do
    words[index] = tostring((select(index, ...)))
  end
  slow_reader.wait()
  output.err(mark .. table.concat(words, " ") .. "\n")
end

function log.info(...)
  say("", ...)
end

function log.warn(...)
  say("! ", ...)
end

return log
