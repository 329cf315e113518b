-- summary_lifecycle_metrics.json (or of a stage) of inference-perf. Times are in seconds; only content
-- counts, and its tokens are the client's own splitting of the text.
local dates = require "import.dates"
local fields = require "import.fields"
local lists = require "bench.lists"

local inference_perf = { tool = "inference-perf", prefix = "inference-perf" }

function inference_perf.fits(file)
  local value = file.json
  return type(value) == "table" and type(value.successes) == "table" and type(value.failures) == "table"
    and value.load_summary ~= nil
end

local units = { request_latency = "s", time_to_first_token = "s", normalized_time_per_output_token = "s/token",
  time_per_output_token = "s/token", inter_token_latency = "s/token", schedule_delay = "s", prompt_tokens = "tokens",
  output_tokens = "tokens", output_len = "tokens", request_size_bytes = "bytes", input_tokens_per_sec = "tok/s",
  output_tokens_per_sec = "tok/s", total_tokens_per_sec = "tok/s", requests_per_sec = "req/s" }

local is_percentile = { min = true, max = true, mean = true, median = true, p50 = true, p90 = true, p95 = true,
  p99 = true }

local function take_statistics(run, place, name, object, n)
  local values = fields.new(object, name)
  run:summary(place, name, units[name], { n = n, mean = values:number "mean", stddev = values:number "stddev",
    min = values:number "min", max = values:number "max", p50 = values:number "median" or values:number "p50",
    p90 = values:number "p90", p95 = values:number "p95", p99 = values:number "p99" })
  for _, other in ipairs(lists.names(object)) do
    local value = object[other]
    if other:find "^p%d" and not is_percentile[other] then
      run:leave "percentiles other than 50, 90, 95 and 99"
    elseif not is_percentile[other] and math.type(value) then
      run:value(name .. "." .. other, value, units[name])
    end
  end
end

local function is_statistics(value)
  return type(value) == "table" and math.type(value.mean) ~= nil
end

-- Everything below an object of the file that is statistics or a number.
local function take_below(run, place, object, path, n)
  for _, name in ipairs(lists.names(object)) do
    local value = object[name]
    if is_statistics(value) then
      take_statistics(run, place, name, value, n)
    elseif math.type(value) then
      run:value(name, value, units[name])
    elseif type(value) == "table" and next(value) then
      run:leave(path .. "." .. name)
    end
  end
end

local sections = { "latency", "throughput" }

local function take_successes(run, place, successes)
  local n = successes:number "count"
  run:value("successes", n, "requests")
  local rest = {}
  for _, name in ipairs(sections) do
    take_below(run, place, successes:table(name) or {}, "successes." .. name, n)
  end
  for name, value in pairs(successes.object) do
    if not successes.asked[name] then
      rest[name] = value
    end
  end
  take_below(run, place, rest, "successes", n)
end

-- How the requests of a stage came -> in words, and what it was told; of all stages nothing says so.
local function loads_of(load)
  local concurrency = load:number "concurrency"
  local rate = not concurrency and load:number "requested_rate" or nil
  return concurrency and "concurrency " .. concurrency or rate and "request rate " .. rate,
    { concurrency = concurrency, request_rate = rate }
end

function inference_perf.take(file, run)
  local top = fields.new(file.json)
  run:lasted(top:number "benchmark_time_seconds")
  local place = { backend = run:backend { kind = "openai" }, call = "chat" }
  local load = top:below "load_summary"
  local arrivals
  arrivals, run.options = loads_of(load)
  place.phase = run:phase { arrivals = arrivals, seconds = run.duration, asked_rate = run.options.request_rate }
  take_successes(run, place, top:below "successes")
  run:value("achieved_rate", load:number "achieved_rate", "req/s")
  local delay = load:table "schedule_delay"
  if is_statistics(delay) then
    take_statistics(run, place, "schedule_delay", delay, load:number "count")
  end
  local failures = top:below "failures"
  run:value("failures", failures:number "count", "requests")
  if (failures:number "count" or 0) > 0 then
    failures:leave_rest(run)
  end
  load:leave_rest(run)
  top:leave_rest(run)
  dates.start(run)
end

return inference_perf
