-- Puts what an importer found into the database, all or nothing.
local clock = require "core.clock"
local json = require "bench.json"
local options = require "core.options"
local safe = require "import.safe"
local store = require "core.store"
local warn = require "report.warn"

local keep = {}

local function ns(seconds)
  return seconds and math.floor(seconds * 1e9 + 0.5)
end

local backend_columns = { "server_version", "model", "digest", "architecture", "parameters", "quantization",
  "bits_per_weight", "kv_cache", "context", "slots" }

local function keep_backends(id, run)
  for number, backend in ipairs(run.backends) do
    local values = {}
    for i, name in ipairs(backend_columns) do
      values[i] = backend[name]
    end
    store.write("backend", id, number, backend.name, backend.kind, backend.address,
      table.unpack(values, 1, #backend_columns))
  end
end

local function keep_phases(id, run)
  for number, phase in ipairs(run.phases) do
    local started = phase.started or 0
    store.write("phase", id, number, phase.label, "measure", phase.arrivals, ns(started),
      phase.seconds and ns(started + phase.seconds), phase.asked_rate, nil, phase.dropped)
  end
end

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
    row.icl_mean_ns, row.icl_max_ns = (list[#list] - list[1]) * 1e9 / (#list - 1), ns(longest)
  end
end

-- Times as the database has them: ns since the start of the run.
local function row_of(request, started)
  local row, start = {}, ns(request.at or 0)
  for name, value in pairs(request) do
    row[name] = times[name] and start + ns(value) or value
  end
  row.at, row.wait, row.are_chunks = nil, nil, nil
  gaps_of(row, request)
  row.t_start = start
  row.error_message = safe.copy(request.error_message)
  row.t_sched = request.wait and start - ns(request.wait)
  row.started_at = request.at and clock.utc(started + request.at)
  return row
end

local TOKEN, CHUNK = 3, 4 -- channels of a timeline

local function keep_timeline(id, request)
  local moments, channels, channel = {}, {}, request.are_chunks and CHUNK or TOKEN
  for i, seconds in ipairs(request.events) do
    moments[i], channels[i] = math.floor(seconds * 1e6 + 0.5), channel
  end
  store.write("timeline", id, request.seq, json.encode(moments), nil, json.encode(channels), nil)
end

local function keep_requests(id, run, started)
  for _, request in ipairs(run.requests) do
    store.write("request_imported", id, json.encode(row_of(request, started)))
    if request.events then
      keep_timeline(id, request)
    end
  end
end

local statistics = { "n", "missing", "mean", "stddev", "min", "p50", "p90", "p95", "p99", "max" }

local function keep_summary(id, run)
  for _, row in ipairs(run.statistics) do
    local values = {}
    for i, name in ipairs(statistics) do
      values[i] = row.values[name]
    end
    local place = row.place
    store.write("summary", id, place.backend, place.call, place.label, place.phase, row.name, row.unit,
      table.unpack(values, 1, #statistics))
  end
end

local function keep_all(run, uuid, label)
  local started = run.started or clock.wall()
  local ended = run.duration and clock.utc(started + run.duration)
  local told = json.encode(safe.copy(run.options))
  store.write("run_imported", uuid, run.tool, label, told, options.bench_version, ns(started), clock.utc(started),
    ns(run.duration), ended)
  local id = store.last_id()
  keep_backends(id, run)
  keep_phases(id, run)
  keep_requests(id, run, started)
  for _, row in ipairs(run.values) do
    store.write("metric", id, nil, nil, row.label, row.name, row.value, row.unit)
  end
  for _, note in ipairs(run.notes) do
    store.write("note", id, note.key, safe.copy(note.value))
  end
  -- first what follows from the rows, then what the tool itself says
  store.summarise(id)
  keep_summary(id, run)
  warn.apply({ run = id }, warn.backends(id))
  return id
end

-- -> the number of the run
function keep.run(run, uuid, label)
  return store.transaction(keep_all, run, uuid, label)
end

return keep
