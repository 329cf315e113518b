-- The report of guidellm: `benchmarks`, or one of them by itself. Distributions are over the requests that
-- went well. Its time per output token contains the first one; its latency is in seconds, and its
-- percentiles take a value that occurred.
local fields = require "import.fields"
local dates = require "import.dates"

local guidellm = { tool = "guidellm", prefix = "guidellm" }

local function is_benchmark(value)
  return type(value) == "table" and type(value.metrics) == "table"
    and type(value.metrics.time_to_first_token_ms) == "table"
end

function guidellm.fits(file)
  local value = file.json
  return is_benchmark(value)
    or type(value) == "table" and type(value.benchmarks) == "table" and is_benchmark(value.benchmarks[1])
end

local function unit_of(name)
  if name:find "_ms$" then
    return "ms"
  elseif name:find "_per_second$" then
    return name:find "^requests" and "req/s" or name:find "tokens" and "tok/s" or "1/s"
  elseif name:find "latency$" or name:find "delay$" then
    return "s"
  end
  return name:find "token" and "tokens" or nil
end

local function take_distribution(run, place, name, object)
  local distribution = fields.new(object, "metrics." .. name)
  local n = distribution:number "count"
  local percentiles = distribution:table "percentiles" or {}
  if n == 0 then
    return
  end
  run:summary(place, name, unit_of(name), { n = n, mean = distribution:number "mean",
    stddev = distribution:number "std_dev", min = distribution:number "min", max = distribution:number "max",
    p50 = percentiles.p50 or distribution:number "median", p90 = percentiles.p90, p95 = percentiles.p95,
    p99 = percentiles.p99 })
  run:leave "percentiles other than 50, 90, 95 and 99, modes, sums and confidence intervals"
end

local function take_metric(run, place, name, value)
  local well = value.successful
  if math.type(well) then
    for _, outcome in ipairs { "successful", "errored", "incomplete", "total" } do
      run:value(name .. "." .. outcome, math.type(value[outcome]) and value[outcome] or nil, "requests", place.label)
    end
  elseif type(well) == "table" and math.type(well.mean) then
    take_distribution(run, place, name, well)
    for _, outcome in ipairs { "errored", "incomplete" } do
      if type(value[outcome]) == "table" and (value[outcome].count or 0) ~= 0 then
        run:leave("metrics." .. name .. "." .. outcome)
      end
    end
  elseif math.type(value.mean) then
    take_distribution(run, place, name, value)
  else
    run:leave("metrics." .. name)
  end
end

local function text_of(...)
  for _, value in ipairs { ... } do
    if type(value) == "string" then
      return value
    end
  end
end

-- How the load was shaped, wherever this version says so.
local function strategy_of(object)
  local config = type(object.config) == "table" and object.config or object
  local strategy = type(config.strategy) == "table" and config.strategy or {}
  local kind = text_of(strategy.type_, strategy.type)
  local amount = strategy.streams or strategy.rate
  return kind and (math.type(amount) and ("%s %s"):format(kind, amount) or kind)
end

local function take_benchmark(run, object, backend, started)
  local benchmark = fields.new(object)
  local seconds = benchmark:number "duration"
  benchmark:get "metrics"
  local place = { backend = backend, call = "chat" }
  local strategy = strategy_of(object)
  place.phase = run:phase { label = strategy, arrivals = strategy, started = started, seconds = seconds }
  place.label = run.several and ("benchmark %d"):format(place.phase) or nil
  for _, name in ipairs(fields.names(object.metrics)) do
    local value = object.metrics[name]
    if type(value) == "table" then
      take_metric(run, place, name, value)
    end
  end
  for _, warning in ipairs(benchmark:table "warnings" or {}) do
    run:note("warning", type(warning) == "table" and (warning.message or "unnamed") or warning)
  end
  for _, name in ipairs { "config", "metadata", "type_", "id_", "run_id", "start_time", "end_time" } do
    benchmark:get(name)
  end
  benchmark:leave_rest(run)
  return started + (seconds or 0)
end

local function model_of(value)
  local arguments = type(value.args) == "table" and value.args or {}
  local model = text_of(arguments.model, arguments.model_name)
  return model
end

function guidellm.take(file, run)
  local report = file.json
  local benchmarks = report.benchmarks or { report }
  local metadata = fields.new(type(report.metadata) == "table" and report.metadata or {}, "metadata")
  local version = metadata:text "guidellm_version"
  if version then
    run:note("guidellm_version", version)
  end
  run.several = #benchmarks > 1
  local backend = run:backend { kind = "openai", model = model_of(report) }
  local ended = 0
  for _, object in ipairs(benchmarks) do
    if not is_benchmark(object) then
      error({ message = "one of its benchmarks has no metrics" })
    end
    ended = take_benchmark(run, object, backend, ended)
  end
  run.duration = ended > 0 and ended or nil
  local start = benchmarks[1].start_time
  dates.start(run, math.type(start) and os.date("!%Y-%m-%dT%H:%M:%SZ", start // 1 | 0) or nil)
end

return guidellm
