-- What a script measures, checks and notes by itself.
local clock = require "core.clock"
local json = require "bench.json"
local keys = require "bench.keys"
local lists = require "bench.lists"
local metrics = require "bench.metrics"
local misuse = require "bench.misuse"
local moment = require "bench.moment"
local record = require "core.record"
local reply = require "bench.reply"
local session = require "bench.session"
local units = require "bench.units"
local visit = require "bench.visit"
local workers = require "bench.workers"

local own = {}

local function declared_unit(name)
  local metric = lists.find(session.scenario.metrics, "name", name)
  return metric and metric.unit
end

-- Times are one series whatever unit they were given in: that of the declaration, else ms. Other units
-- are kept as they are.
local function in_series(name, value, unit)
  local wanted = declared_unit(name) or (units.is_time(unit) and "ms") or unit
  local converted = units.convert(value, unit, wanted)
  if not converted then
    misuse.raise("bench.record: %s is declared in %s, not in %s", name, wanted, unit)
  end
  return converted, wanted
end

-- A name that bench itself measures by would be two things in one table.
local function check_name(called, name)
  misuse.check_name(called .. ": the name", misuse.check(called .. ": the name", name, "string"))
  if name == "" then
    misuse.raise("%s: the name is empty", called)
  elseif metrics.find(name) then
    misuse.raise("%s: %s is a metric of bench's own (bench help metrics); call yours otherwise", called, name)
  end
end

-- What a visit keeps is of this worker; the rest all of them would keep.
local function keep(...)
  local write = visit.current() and record.write or workers.record
  write(...)
end

-- One value of a metric of the script's own; in a visit or a round it belongs to the request before it, or the first.
function own.record(name, value, unit)
  session.declared("bench.record")
  check_name("bench.record", name)
  misuse.check("bench.record: the value", value, "number")
  unit = unit or declared_unit(name)
  if unit == nil then
    misuse.raise("bench.record: %s has no unit: write bench.record(\"%s\", value, \"ms\"), or declare it in metrics",
      name, name)
  end
  misuse.check_name("bench.record: the unit", misuse.check("bench.record: the unit", unit, "string"))
  local converted, wanted = in_series(name, value, unit)
  if converted ~= converted or math.abs(converted) == math.huge then
    misuse.raise("bench.record: %s is %s, which is no value; leave it out", name,
      converted ~= converted and "NaN" or "infinite")
  end
  local at = moment.ns(clock.now())
  visit.with_request(function(number)
    local one = visit.current()
    keep("metric", number, at, nil, name, converted + 0.0, wanted)
    if one and one.last and one.last.phase_kind == "measure" and not one.last.cold_start then
      one.load.tally:own(one.last, name, converted)
    end
  end)
end

-- Calls f and keeps how long it took, unless it raised an error; returns what f returns.
function own.measure(name, f)
  session.declared("bench.measure")
  check_name("bench.measure", name)
  if type(f) ~= "function" then
    misuse.raise("bench.measure(\"name\", function() ... end): what is measured is %s", misuse.kind(f))
  end
  local began = clock.now()
  local results = table.pack(f())
  own.record(name, clock.now() - began, "s")
  return table.unpack(results, 1, results.n)
end

-- Keeps whether a condition held for a reply; returns it. One that is missing did not: a function may return nothing.
function own.check(answered, name, condition)
  session.declared("bench.check")
  local exchange = reply.exchange(answered)
  if not exchange then
    misuse.raise("bench.check: the first argument is the reply that is checked, not %s", misuse.kind(answered))
  end
  if type(name) ~= "string" then
    misuse.raise("bench.check(reply, \"name\", condition): the name is %s", misuse.kind(name))
  end
  misuse.check_name("bench.check: the name", name)
  if name == "" then
    misuse.raise("bench.check: the name is empty")
  end
  if not exchange.number then
    return condition -- it was never asked: the load was over
  end
  record.write("check", exchange.number, name, condition and 1 or 0)
  local group = visit.group_of(exchange)
  if group and group.phase_kind == "measure" then
    group.load.tally:check(group, name, condition and true or false)
  end
  return condition
end

-- A fact to keep with the run.
function own.note(key, value)
  session.declared("bench.note")
  misuse.check_name("bench.note: the key", misuse.check("bench.note: the key", key, "string"))
  if key == "" then
    misuse.raise("bench.note: the key is empty")
  end
  misuse.check("bench.note: the value", value, "nil", "string", "number", "boolean", "table")
  keys.hide_fields { [key] = value }
  if type(value) == "number" and value - value ~= 0 then
    misuse.raise("bench.note: the value must be a finite number, not %s", misuse.shown(value))
  elseif type(value) == "table" or type(value) == "number" then
    value = json.encode(value)
  elseif value ~= nil then
    value = tostring(value)
  end
  keep("note", key, value)
end

return own
