-- The report of guidellm: `benchmarks`, or one of them by itself. Distributions are over the requests that
-- went well. Its time per output token contains the first one; its latency is in seconds, and its
-- percentiles take a value that occurred.
local fields = require "import.fields"
local dates = require "import.dates"
local fit = require "import.fit"
local lists = require "bench.lists"
local requests = require "import.guidellm_requests"

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
        run:leave("statistics of requests that are " .. outcome)
      end
    end
  elseif math.type(value.mean) then
    take_distribution(run, place, name, value)
  else
    run:leave("metrics." .. name)
  end
end

local function text_of(...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if type(value) == "string" then
      return value
    end
  end
end

-- How the load was shaped, wherever this version says so -> in words, its kind, how many a second were asked for
local function strategy_of(object)
  local config = type(object.config) == "table" and object.config or object
  local strategy = type(config.strategy) == "table" and config.strategy or {}
  local kind = text_of(strategy.type_, strategy.type)
  local amount = strategy.streams or strategy.rate
  return kind and (math.type(amount) and ("%s %s"):format(kind, amount) or kind), kind, strategy.rate
end

-- When the benchmark began, counted from the start of the run: as it says, else at the end of the one before.
local function start_of(run, benchmark, ended)
  local start = benchmark:number "start_time"
  return start and run.began_at and fit.seconds(start - run.began_at) or ended
end

local function take_benchmark(run, object, backend, ended)
  local benchmark = fields.new(object)
  local seconds = fit.seconds(benchmark:number "duration")
  local started = start_of(run, benchmark, ended)
  benchmark:get "metrics"
  local place = { backend = backend, call = "chat" }
  local strategy, kind, rate = strategy_of(object)
  place.phase = run:phase { label = strategy, arrivals = strategy, started = started, seconds = seconds,
    asked_rate = rate }
  place.label = run.several and ("benchmark %d"):format(place.phase) or nil
  for _, name in ipairs(lists.names(object.metrics)) do
    local value = object.metrics[name]
    if type(value) == "table" then
      take_metric(run, place, name, value)
    end
  end
  requests.take(run, benchmark, place, kind)
  for _, warning in ipairs(benchmark:table "warnings" or {}) do
    run:note("warning", type(warning) == "table" and (warning.message or "unnamed") or warning)
  end
  for _, name in ipairs { "config", "metadata", "type_", "id_", "run_id", "end_time", "scheduler_state",
    "scheduler_metrics", "warmup_duration", "cooldown_duration" } do
    benchmark:get(name)
  end
  benchmark:leave_rest(run)
  return started + (seconds or 0)
end

-- What it was told: `args` until 0.7, then config.spec.
local function told(report)
  local config = fields.new(report):below "config"
  return config:table "spec" or fields.new(report):table "args" or {}
end

local function model_of(arguments)
  local model = text_of(arguments.model, arguments.model_name, fields.new(arguments):below "backend":text "model")
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
  run.options = told(report)
  local start = fields.new(benchmarks[1]):number "start_time" -- of what it measured, behind the warm-up
  run.began_at = run:began(start and math.min(start, requests.first_start(benchmarks[1]) or start))
  local backend, ended = run:backend { kind = "openai", model = model_of(run.options) }, 0
  for _, object in ipairs(benchmarks) do
    if is_benchmark(object) then
      ended = take_benchmark(run, object, backend, ended)
    else
      run:leave "benchmarks without metrics"
    end
  end
  run:lasted(ended > 0 and ended or nil)
  if not run.began_at then
    dates.start(run)
  end
end

return guidellm
