-- Puts what an importer found into the database, all or nothing.
local clock = require "core.clock"
local json = require "bench.json"
local moment = require "bench.moment"
local options = require "core.options"
local safe = require "import.safe"
local store = require "core.store"
local waiting = require "import.waiting"
local warn = require "report.warn"

local keep = {}

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
    store.write("phase", id, number, phase.label, "measure", phase.arrivals, moment.ns(started),
      phase.seconds and moment.ns(started + phase.seconds), phase.asked_rate)
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
  store.write("run_imported", uuid, run.tool, label, told, options.bench_version, moment.ns(started),
    clock.utc(started), moment.ns(run.duration), ended)
  local id = store.last_id()
  keep_backends(id, run)
  keep_phases(id, run)
  waiting.keep(id, started)
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
