-- A result of genai-bench: statistics over all requests, and the requests. Its first token is ours, its end
-- is the usage chunk (our t_usage), so as_genai_bench gives its own numbers back. Times are in the unit that
-- it was told, s or ms, which older files do not name: tpot times the speed of an answer is 1 or 1000.
local dates = require "import.dates"
local fields = require "import.fields"
local lists = require "bench.lists"

local genai_bench = { tool = "genai-bench", prefix = "genai-bench" }

function genai_bench.fits(file)
  return type(file.json) == "table" and type(file.json.aggregated_metrics) == "table"
    and type(file.json.aggregated_metrics.stats) == "table"
end

local is_time = { ttft = true, tpot = true, e2e_latency = true, output_latency = true }

local function unit_of_times(named, stats)
  if named == "s" or named == "ms" then
    return named
  end
  local tpot = type(stats.tpot) == "table" and stats.tpot.mean
  local speed = type(stats.output_inference_speed) == "table" and stats.output_inference_speed.mean
  if not math.type(tpot) or not math.type(speed) then
    return nil
  end
  return tpot * speed > 30 and "ms" or "s"
end

local function unit_of(name, times)
  if is_time[name] then
    return times
  elseif name:find "speed$" or name:find "throughput$" then
    return name:find "^audio" and nil or "tok/s"
  end
  return name:find "tokens" and "tokens" or nil
end

local function take_statistics(run, place, stats, times, n)
  for _, name in ipairs(lists.names(stats)) do
    local object = stats[name]
    local values = type(object) == "table" and fields.new(object, "stats." .. name)
    if values and values:number "mean" then
      run:summary(place, name, unit_of(name, times), { n = n, mean = values:number "mean",
        stddev = values:number "stddev", min = values:number "min", p50 = values:number "p50",
        p90 = values:number "p90", p95 = values:number "p95", p99 = values:number "p99", max = values:number "max" })
      run:leave "percentiles 25 and 75, sums"
    end
  end
end

local function take_request(run, place, request, scale)
  local code = request:count "error_code"
  local ttft, e2e = request:number "ttft", request:number "e2e_latency"
  run:request { backend = place.backend, phase = place.phase, call = "chat", streamed = 1,
    outcome = code and "failed" or "ok", error_kind = code and ("http_%d"):format(code) or nil,
    http_status = code, error_message = request:text "error_message",
    t_first_token = not code and ttft and ttft * scale or nil, t_usage = not code and e2e and e2e * scale or nil,
    prompt_tokens = request:number "num_input_tokens", output_tokens = request:number "num_output_tokens",
    reasoning_tokens = request:number "num_reasoning_tokens", token_source = "genai-bench" }
  -- these follow from the others
  for _, name in ipairs { "tpot", "output_latency", "output_inference_speed", "total_tokens", "input_throughput",
    "output_throughput" } do
    request:get(name)
  end
  request:leave_rest(run)
end

local scalars = { { "mean_output_throughput_tokens_per_s", "tok/s" }, { "mean_input_throughput_tokens_per_s", "tok/s" },
  { "mean_total_tokens_throughput_tokens_per_s", "tok/s" }, { "requests_per_second", "req/s" },
  { "error_rate", "share" }, { "num_error_requests", "requests" }, { "num_completed_requests", "requests" },
  { "num_requests", "requests" }, { "run_duration", "s" } }

local told = { "scenario", "num_concurrency", "batch_size", "iteration_type" }

function genai_bench.take(file, run)
  local top = fields.new(file.json)
  local all = top:below "aggregated_metrics"
  local stats = all:table "stats"
  local times = unit_of_times(top:text "_time_unit", stats)
  run:lasted(all:number "run_duration")
  local place = { backend = run:backend { kind = "openai" }, call = "chat" }
  place.phase = run:phase { label = all:text "scenario", seconds = run.duration,
    arrivals = all:count "num_concurrency" and ("concurrency %d"):format(all:count "num_concurrency") }
  for _, scalar in ipairs(scalars) do
    run:value(scalar[1], all:number(scalar[1]), scalar[2])
  end
  for _, name in ipairs(told) do
    run.options[name] = all:get(name)
  end
  take_statistics(run, place, stats, times, all:number "num_completed_requests")
  local requests = top:objects("individual_request_metrics", run)
  if times then
    for _, request in ipairs(requests) do
      take_request(run, place, request, times == "ms" and 1e-3 or 1)
    end
  elseif #requests > 0 then
    run:leave "individual_request_metrics (nothing tells whether its times are s or ms)"
  end
  local frequency = all:table "error_codes_frequency" or {}
  for _, code in ipairs(lists.names(frequency)) do
    run:note("error", ("%s x HTTP %s"):format(frequency[code], code))
  end
  all:leave_rest(run)
  top:leave_rest(run)
  dates.start(run)
end

return genai_bench
