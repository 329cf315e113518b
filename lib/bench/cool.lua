-- cool_down of bench.rounds: a time between two turns, or a temperature that the machine has to come down to.
local clock = require "core.clock"
local machine = require "core.machine"
local misuse = require "bench.misuse"
local output = require "core.output"
local time = require "bench.time"

local cool = {}

local poll = 1 -- s between two looks at the sensors
local patience = 600 -- s: then the turn begins as hot as it is

local function degrees_of(value)
  return type(value) == "string" and tonumber(value:match("^%s*(%d+%.?%d*)%s*C%s*$")) or nil
end

-- "30s", a number of seconds, or "60C" -> what cool.wait takes; raises at the script's line.
function cool.read(value)
  local degrees = degrees_of(value)
  if not degrees then
    return { seconds = time.seconds(value, "bench.rounds: cool_down") }
  end
  if not machine.temperature() then
    misuse.refuse_here("bench.rounds: cool_down = \"%s\": this machine has no temperature sensor that can be read "
      .. "(/sys/class/thermal); give a time, such as \"30s\"", value)
  end
  return { degrees = degrees }
end

local function say(format, ...)
  output.err("bench: " .. format:format(...) .. "\n")
end

-- A sensor that says nothing any more cannot be waited for.
local function is_cool(wanted)
  local now = machine.temperature()
  return now == nil or now <= wanted, now
end

local function wait_for_degrees(how)
  local began = clock.now()
  local reached, now = is_cool(how.degrees)
  if not reached and not how.has_said then
    how.has_said = true
    say("the machine has %.0f degrees; each turn waits until it has %g (10 minutes at most)", now, how.degrees)
  end
  while not reached do
    if clock.now() - began >= patience then
      say("the machine still has %.0f degrees after 10 minutes; the next turn begins nevertheless", now)
      return true
    end
    if not clock.sleep(poll) then
      return false
    end
    reached, now = is_cool(how.degrees)
  end
  return true
end

-- False when the run is ending.
function cool.wait(how)
  if how.degrees then
    return wait_for_degrees(how)
  end
  return how.seconds <= 0 or time.sleep(how.seconds)
end

return cool
