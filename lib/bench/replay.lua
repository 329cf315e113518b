-- bench.replay: the arrivals of a trace. Only the differences of its timestamps mean anything; the file stays on
-- disk, and each visit gets its record as user.row.
local arrivals = require "bench.arrivals"
local lists = require "bench.lists"
local misuse = require "bench.misuse"
local records = require "bench.records"
local session = require "bench.session"
local time = require "bench.time"
local trace_form = require "bench.trace_form"

local replay = {}

local option_names = { "speed", "from", "to", "unit" }
local unit_names = { "s", "ms", "us", "ns" }
local longest, shortest = 86400, 1e-3 -- s; a trace beyond them may be of another unit
local longest_replay = 366 * 86400 -- s; nobody waits for more: one of its times is none

local function read_options(given)
  misuse.check("bench.replay: the options", given, "nil", "table")
  given = given or {}
  misuse.check_names("bench.replay", given, option_names)
  local speed = misuse.check("bench.replay: speed", given.speed, "nil", "number") or 1
  if not (speed > 0 and speed < math.huge) then
    misuse.raise("bench.replay: speed is a number above 0 (2: twice as fast), not %s", misuse.shown(speed))
  end
  if given.unit ~= nil then
    misuse.choice("bench.replay: unit", given.unit, unit_names)
  end
  local from = given.from == nil and 0 or time.seconds(given.from, "bench.replay: from")
  local to = given.to ~= nil and time.seconds(given.to, "bench.replay: to") or nil
  if to and to <= from then
    misuse.raise("bench.replay: from %s to %s there is nothing", tostring(given.from or 0), tostring(given.to))
  end
  return { speed = speed, from = from, to = to, unit = given.unit }
end

-- Reads all once: how many, the first and the last time, whether they are in order, whether they are dates.
local function survey(file)
  local trace = { file = file, count = 0, is_sorted = true }
  local before
  for number, value, line in file:each() do
    local at, message, is_moment = trace_form.time(value, file.form)
    if not at then
      file:refuse(line, "%s", message)
    elseif number > 1 and trace.has_dates ~= (is_moment or false) then
      file:refuse(line, "dates and numbers do not mix")
    end
    trace.has_dates = is_moment or false
    trace.unit = trace.unit or trace_form.unit(value)
    trace.is_sorted = trace.is_sorted and (before == nil or at >= before)
    before, trace.count = at, number
    trace.first = trace.first and math.min(trace.first, at) or at
    trace.last = trace.last and math.max(trace.last, at) or at
  end
  if trace.count == 0 then
    file:refuse(nil, "there is no arrival in it")
  end
  return trace
end

-- By time; equal times keep the order of the file.
local function sort(trace)
  local times, order = {}, {}
  for number, value in trace.file:each() do
    times[number], order[number] = trace_form.time(value, trace.file.form), number
  end
  table.sort(order, function(a, b)
    if times[a] == times[b] then
      return a < b
    end
    return times[a] < times[b]
  end)
  trace.order = order
end

local function shown_span(seconds)
  if seconds >= 2 * 86400 * 365 then
    return ("%.0f years"):format(seconds / 86400 / 365.25)
  elseif seconds >= 86400 then
    return (seconds < 1e12 and "%.1f days" or "%.3g days"):format(seconds / 86400)
  end
  return seconds < shortest and ("%.4g ms"):format(seconds * 1e3) or ("%.10g s"):format(seconds)
end

-- The unit in which a number is a moment of our days, counted from 1970: a trace of such times has it.
local function unit_since_1970(number)
  for name, seconds in pairs(trace_form.units) do
    if number * seconds >= 1e9 and number * seconds < 4.1e9 then
      return name
    end
  end
end

local say_unit = " Say it: bench.replay(file, { unit = \"s\" }), or \"ms\", \"us\", \"ns\""

-- Numbers are ms unless the user or the columns say otherwise; a trace that is then too long or too short asks, and one
-- whose times would be of our days in another unit.
local function choose_unit(trace, given)
  if trace.has_dates then
    if given then
      trace.file:refuse(nil, "its timestamps are dates, which have no unit")
    end
    return trace_form.units.ns
  end
  local unit = given or trace.unit
  local seconds = trace_form.units[unit or "ms"]
  local span = (trace.last - trace.first) * seconds
  if not unit and trace.count > 1 and (span > longest or span < shortest) then
    trace.file:refuse(nil, "its %d timestamps, taken for milliseconds, span %s: is that the unit?" .. say_unit,
      trace.count, shown_span(span))
  end
  local since_1970 = not unit and trace.count > 1 and unit_since_1970(trace.first)
  if since_1970 and since_1970 ~= "ms" then
    trace.file:refuse(nil, "its timestamps look like %s since 1970; taken for milliseconds, they span %s: is that the"
      .. " unit?" .. say_unit, since_1970, shown_span(span))
  end
  return seconds
end

-- The k-th arrival: seconds since the trace began, and what its record says.
local function at(trace, k)
  local value, message = trace.file:read(trace.order and trace.order[k] or k)
  if value == nil then
    misuse.raise("%s: %s", trace.file.path, message or "it changed while it was read: run again")
  end
  return (trace_form.time(value, trace.file.form) - trace.first) * trace.seconds, value
end

local function line_of(trace, k)
  local _, line = trace.file:read(trace.order and trace.order[k] or k)
  return line
end

-- How many arrivals come before this second of the trace.
local function count_before(trace, second)
  return lists.bisect(trace.count, function(k) return at(trace, k) < second end)
end

local function cut(trace, options)
  trace.skipped = options.from > 0 and count_before(trace, options.from) or 0
  local last = options.to and count_before(trace, options.to) or trace.count
  trace.wanted = last - trace.skipped
  if trace.wanted == 0 then
    trace.file:refuse(nil, "nothing arrives between %s and %s of its %s", shown_span(options.from),
      options.to and shown_span(options.to) or "the end", shown_span((trace.last - trace.first) * trace.seconds))
  end
  trace.span = (at(trace, last) - options.from) / options.speed
  if trace.span > longest_replay then
    trace.file:refuse(nil, "its arrivals take %s, from line %d to line %d: is one of these times wrong? Less of it, or"
      .. " faster: bench.replay(file, { from, to, speed })", shown_span(trace.span), line_of(trace, trace.skipped + 1),
      line_of(trace, last))
  end
end

local function text_of(trace, options)
  local speed = options.speed ~= 1 and (", speed %.10g"):format(options.speed) or ""
  return ("replay(%s, %d in %.10gs%s)"):format(trace.file.path, trace.wanted, trace.span, speed)
end

local function times_of(trace, options)
  return function()
    local number = 0
    return function()
      number = number + 1
      if number > trace.wanted then
        return nil
      end
      local second, value = at(trace, trace.skipped + number)
      return (second - options.from) / options.speed, trace_form.row(value, trace.file.form)
    end
  end
end

-- bench.replay(file, { speed, from, to, unit }): .jsonl or .json with "timestamp" (Mooncake), .csv with a column
-- timestamp (Azure, BurstGPT), .txt with a time a line. Numbers are ms, dates are dates.
function replay.open(path, given)
  session.declared("bench.replay")
  misuse.check("bench.replay: the file", path, "string")
  local options = read_options(given)
  local trace = survey(records.open("bench.replay", path))
  trace.seconds = choose_unit(trace, options.unit)
  if not trace.is_sorted then
    sort(trace)
  end
  cut(trace, options)
  return arrivals.new { kind = "replay", text = text_of(trace, options), open = true, ends = trace.span,
    times = times_of(trace, options) }
end

return replay
