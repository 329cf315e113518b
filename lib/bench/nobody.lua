-- Where not one backend is there, nothing can be measured: what to do instead is said, and the run ends (exit 4).
local address = require "bench.address"
local core_text = require "core.text"
local misuse = require "bench.misuse"
local output = require "core.output"
local scenario = require "bench.scenario"
local session = require "bench.session"
local source = require "core.source"
local task = require "core.task"

local nobody = {}

-- A run that was interrupted while it looked found nobody, which says nothing about the servers; and who did not answer
-- the first look, but what was asked then, is there.
function nobody.is_there()
  if task.cancelled() or session.ok > 0 then
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

local is_said = false

-- Once in a run: a script may go on.
function nobody.say()
  if is_said then
    return
  end
  is_said = true
  local flag = scenario.address_flag() or "backends"
  output.err(([[
Nothing to measure. %s,
or look around without a server:  bench run %s --%s sim
]]):format(advice(flag), core_text.quoted(source.script().path), flag))
end

-- A load of hours would be one of refused connections.
function nobody.check()
  if nobody.is_there() then
    nobody.say()
    misuse.end_unreached()
  end
end

return nobody
