-- `vllm bench serve` --save-result, with or without --save-detailed; --append-result makes one line a
-- benchmark. To vLLM every chunk with choices is a token: its TTFT ends at our t_first_event, its end to
-- end at our t_finish, so as_vllm gives its own numbers back and our ttft, tpot and e2e do not exist. Its
-- standard deviations divide by n. Percentiles that it did not print are taken from the requests.
local dates = require "import.dates"
local fit = require "import.fit"
local fields = require "import.fields"
local quantile = require "core.quantile"
local requests = require "import.vllm_requests"

local vllm = { tool = "vllm bench serve", prefix = "vllm" }

local function is_result(value)
  return type(value) == "table" and value.model_id ~= nil and value.num_prompts ~= nil
    and value.request_throughput ~= nil
end

function vllm.fits(file)
  return is_result(file.json) or is_result(file.first)
end

local scalars = { { "duration", "s" }, { "completed", "requests" }, { "failed", "requests" },
  { "total_input_tokens", "tokens" }, { "total_output_tokens", "tokens" }, { "request_throughput", "req/s" },
  { "request_goodput", "req/s" }, { "output_throughput", "tok/s" }, { "total_token_throughput", "tok/s" },
  { "total_input", "tokens" }, { "max_output_tokens_per_s", "tok/s" }, { "max_concurrent_requests", "requests" },
  { "rtfx", "ratio" } }

local told = { "endpoint_type", "backend", "label", "model_id", "tokenizer_id", "num_prompts", "request_rate",
  "burstiness", "max_concurrency", "date" }

local function label_of(result)
  local most, rate = result:number "max_concurrency", result:number "request_rate"
  if rate then
    return ("%s/s"):format(rate)
  end
  return most and ("%s at a time"):format(most) or "all at once"
end

local function arrivals_of(result)
  local most, rate = result:number "max_concurrency", result:number "request_rate"
  local words = { "request rate " .. (rate or result:text "request_rate" or "unknown") }
  if rate then
    words[#words + 1] = ("burstiness %s"):format(result:number "burstiness" or 1)
  end
  words[#words + 1] = most and ("at most %s at a time"):format(most)
  return table.concat(words, ", ")
end

local shares = { min = 0, p50 = 0.5, p90 = 0.9, p95 = 0.95, p99 = 0.99, max = 1 }
local of_all_completed = { ttft = true, e2el = true }

-- mean_ttft_ms, median_ttft_ms, std_ttft_ms, p90_ttft_ms ... as one row; other percentiles as numbers.
local function take_statistics(run, result, place, metric, list)
  local values = { n = of_all_completed[metric] and result:number "completed" or #list > 0 and #list or nil,
    mean = result:number("mean_" .. metric .. "_ms"), stddev = result:number("std_" .. metric .. "_ms"),
    p50 = result:number("median_" .. metric .. "_ms") }
  if not values.mean then
    return
  end
  for _, name in ipairs(fields.names(result.object)) do
    local percentile = name:match("^(p[%d%.]+)_" .. metric .. "_ms$")
    if percentile and shares[percentile] then
      values[percentile] = result:number(name)
    elseif percentile then
      run:value(metric .. "_" .. percentile, result:number(name), "ms", place.label)
    end
  end
  for column, share in pairs(shares) do
    values[column] = values[column] or quantile.linear(list, share)
  end
  run:summary(place, metric, "ms", values)
end

local function take_options(run, result)
  for _, name in ipairs(told) do
    local value = result:get(name)
    if value ~= nil and type(value) ~= "table" then
      run.options[name] = value
    end
  end
end

local function take_result(run, object, started)
  local result = fields.new(object)
  local seconds = fit.seconds(result:number "duration")
  local place = { backend = run.backend_number, call = "chat" }
  if result:text "endpoint_type" and not result:text "endpoint_type":find "chat" then
    place.call = "complete"
  end
  local arrivals = arrivals_of(result)
  place.phase = run:phase { label = label_of(result), arrivals = arrivals, started = started, seconds = seconds,
    asked_rate = result:number "request_rate" }
  place.label = run.several and "benchmark " .. place.phase or nil
  take_options(run, result)
  for _, scalar in ipairs(scalars) do
    run:value(scalar[1], result:number(scalar[1]), scalar[2], place.label)
  end
  local values = requests.take(run, result, place, started)
  for _, metric in ipairs { "ttft", "tpot", "itl", "e2el" } do
    take_statistics(run, result, place, metric, values[metric])
  end
  result:leave_rest(run)
  return started + (seconds or 0)
end

function vllm.take(file, run)
  local first, ended = file.first or file.json, 0
  run.several = file.first ~= nil
  run.backend_number = run:backend { kind = "openai", model = first.model_id }
  for result in file:objects() do
    if is_result(result) then
      ended = take_result(run, result, ended)
    else
      run:leave "lines that are no result of vllm bench serve"
    end
  end
  run:lasted(ended)
  dates.start(run, type(first.date) == "string" and first.date or nil)
end

return vllm
