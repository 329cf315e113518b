-- profile_export_aiperf.json of AIPerf and profile_export_genai_perf.json of genai-perf, its predecessor.
-- The standard deviations of both divide by n.
local dates = require "import.dates"
local exported = require "import.exported"
local fields = require "import.fields"
local lists = require "bench.lists"

local aiperf = { tool = "AIPerf", prefix = "aiperf" }

function aiperf.fits(file)
  local value = file.json
  return type(value) == "table" and type(value.input_config) == "table"
    and (exported.is_metric(value.request_throughput) or exported.is_metric(value.request_latency))
end

-- genai-perf has neither a version nor a start time in its export.
local function is_genai_perf(value)
  return value.aiperf_version == nil and value.start_time == nil
end

local function first_of(list)
  local first = type(list) == "table" and list[1] or list
  return type(first) == "table" and first.name or first
end

-- The model stands in another place in each version.
local function model_of(config)
  local models = config:below "models"
  local name = first_of(config:get "model_names") or first_of(config:below "endpoint":get "model_names")
    or first_of(models:get "items") or first_of(config:get "model")
  return type(name) == "string" and name or nil
end

-- The first one whose numbers these are: a warm-up may stand before it.
local function measured_phase(config)
  for _, phase in ipairs(config:table "phases" or {}) do
    if type(phase) == "table" and phase.kind ~= "warmup" then
      return fields.new(phase)
    end
  end
end

-- How its requests came, and how many a second were asked for.
local function loads_of(config)
  local load = measured_phase(config) or config:below "loadgen"
  local before, kind = config:below "perf_analyzer":below "stimulus", load:text "type"
  local concurrency = load:number "concurrency" or before:number "concurrency"
  local rate = load:number "rate" or load:number "request_rate" or before:number "request_rate"
  return lists.joined(", ", kind ~= "concurrency" and kind and kind:gsub("_", " "), rate and "request rate " .. rate,
    concurrency and "concurrency " .. concurrency), rate
end

local function take_outcome(run, top)
  for _, row in ipairs(top:table "error_summary" or {}) do
    local problem = fields.new(type(row) == "table" and row or {})
    local details = problem:below "error_details"
    run:note("error", ("%s x %s %s"):format(problem:number "count" or "some",
      details:text "type" or details:number "code" or "error", details:text "message" or ""))
  end
  if top:get "was_cancelled" == true then
    run:note("cancelled", "the run was stopped before its end")
  end
  top:get "is_complete"
end

function aiperf.take(file, run)
  local top = fields.new(file.json)
  if is_genai_perf(file.json) then
    run.tool, run.prefix = "genai-perf", "genai-perf"
  end
  local config = top:below "input_config"
  local arrivals, rate = loads_of(config)
  local seconds = file.json.benchmark_duration
  run:lasted(exported.is_metric(seconds) and seconds.avg or nil)
  local place = { backend = run:backend { kind = "openai", model = model_of(config) }, call = "chat" }
  place.phase = run:phase { arrivals = arrivals, seconds = run.duration, asked_rate = rate }
  for _, name in ipairs(lists.names(file.json)) do
    local value = file.json[name]
    if exported.is_metric(value) then
      top:get(name)
      exported.take(run, place, name, value)
    end
  end
  take_outcome(run, top)
  run.options = file.json.input_config
  for _, name in ipairs { "schema_version", "aiperf_version", "benchmark_id" } do
    local value = top:get(name)
    if value then
      run:note(name, value)
    end
  end
  dates.start(run, top:text "start_time")
  top:text "end_time"
  top:get "run_info"
  top:leave_rest(run)
end

return aiperf
