-- Requests on their way from a file into the database. They wait in a temporary table there, as rows that want only
-- their run: a file may hold more of them than memory.
local ask = require "report.ask"
local clock = require "core.clock"
local json = require "bench.json"
local moment = require "bench.moment"
local safe = require "import.safe"
local store = require "core.store"

local waiting = {}

local TOKEN, CHUNK = 3, 4 -- channels of a timeline

local times = { t_first_event = true, t_first_token = true, t_first_content = true, t_last_token = true,
  t_finish = true, t_usage = true, t_done = true, t_end = true }

-- The gaps between token events, as a row has them; chunks of which nobody knows what they held are none.
local function gaps_of(row, request)
  local list = request.events
  row.events = list and not request.are_chunks and #list or nil
  if row.events and #list > 1 then
    local longest = 0
    for i = 2, #list do
      longest = math.max(longest, list[i] - list[i - 1])
    end
    row.icl_mean_ns, row.icl_max_ns = (list[#list] - list[1]) * 1e9 / (#list - 1), moment.ns(longest)
  end
end

-- Times as the database has them: ns since the start of the run.
local function row_of(request)
  local row, start = {}, moment.ns(request.at or 0)
  for name, value in pairs(request) do
    row[name] = times[name] and start + moment.ns(value) or value
  end
  row.at, row.wait, row.are_chunks = nil, nil, nil
  gaps_of(row, request)
  row.t_start = start
  row.error_message = safe.copy(request.error_message)
  row.t_sched = request.wait and start - moment.ns(request.wait)
  return row
end

-- The moments of a request's events and their channels, as JSON.
local function timeline_of(request)
  if not request.events then
    return nil
  end
  local moments, channels, channel = {}, {}, request.are_chunks and CHUNK or TOKEN
  for i, seconds in ipairs(request.events) do
    moments[i], channels[i] = math.floor(seconds * 1e6 + 0.5), channel
  end
  return json.encode(moments), json.encode(channels)
end

-- Nothing waits from now on.
function waiting.start()
  store.write "waiting_imported_table"
  store.write "waiting_imported_clear"
end

-- request: as document:request has it.
function waiting.add(request)
  local moments, channels = timeline_of(request)
  store.write("waiting_imported", request.seq, request.at, json.encode(row_of(request)), moments, channels)
end

-- All that wait become requests of a run that started then (seconds since 1970).
function waiting.keep(run, started)
  ask.each("import/waiting", {}, function(one)
    store.write("request_imported", run, one.request, one.at and clock.utc(started + one.at))
    if one.moments then
      store.write("timeline", run, one.seq, one.moments, nil, one.channels, nil)
    end
  end)
end

return waiting
