-- `vllm bench serve` --save-result, with or without --save-detailed; --append-result makes one line a
-- benchmark. To vLLM every chunk with choices is a token: its TTFT ends at our t_first_event, its end to
-- end at our t_finish, so as_vllm gives its own numbers back and our ttft, tpot and e2e do not exist. Its
-- standard deviations divide by n.
local dates = require "import.dates"
local fields = require "import.fields"

local vllm = { tool = "vllm bench serve", prefix = "vllm" }

local function is_result(value)
  return type(value) == "table" and value.model_id ~= nil and value.num_prompts ~= nil
    and value.request_throughput ~= nil
end

function vllm.fits(file)
  return is_result(file.json) or file.lines ~= nil and is_result(file.lines[1])
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
  if rate and rate < math.huge then
    return ("%s/s"):format(rate)
  end
  return most and ("%d at a time"):format(most) or "all at once"
end

local function arrivals_of(result)
  local most, rate = result:get "max_concurrency", result:get "request_rate"
  local words = { "request rate " .. tostring(rate) }
  if math.type(rate) and rate < math.huge then
    words[#words + 1] = "burstiness " .. tostring(result:get "burstiness" or 1)
  end
  words[#words + 1] = most and ("at most %d at a time"):format(most)
  return table.concat(words, ", ")
end

-- ok rows with a second token: the ones that have a TPOT.
local function counts_of(result)
  local gaps, completed = result:table "itls", result:number "completed"
  local counts = { ttft = completed, e2el = completed }
  local lengths, errors = result:table "output_lens", result:table "errors"
  if lengths and errors and gaps then
    counts.tpot, counts.itl = 0, 0
    for i, length in ipairs(lengths) do
      if errors[i] == "" then
        counts.tpot = counts.tpot + (length > 1 and 1 or 0)
        counts.itl = counts.itl + #gaps[i]
      end
    end
  end
  return counts
end

local kept_percentiles = { p50 = true, p90 = true, p95 = true, p99 = true }

-- mean_ttft_ms, median_ttft_ms, std_ttft_ms, p90_ttft_ms ... as one row; other percentiles as numbers.
local function take_statistics(run, result, place, metric, n)
  local values = { n = n, mean = result:number("mean_" .. metric .. "_ms"),
    stddev = result:number("std_" .. metric .. "_ms"), p50 = result:number("median_" .. metric .. "_ms") }
  if not values.mean then
    return
  end
  for _, name in ipairs(fields.names(result.object)) do
    local percentile = name:match("^(p[%d%.]+)_" .. metric .. "_ms$")
    if percentile and kept_percentiles[percentile] then
      values[percentile] = result:number(name)
    elseif percentile then
      run:value(metric .. "_" .. percentile, result:number(name), "ms", place.label)
    end
  end
  run:summary(place, metric, "ms", values)
end

local function first_start(starts, waits)
  local first
  for i, start in ipairs(starts or {}) do
    local planned = start - (waits and waits[i] or 0)
    first = first and math.min(first, planned) or planned
  end
  return first
end

-- Without --save-detailed there are only end-to-end times, and of failures only how many.
local function take_requests(run, result, place, started)
  local latencies, errors = result:table "latencies", result:table "errors"
  local starts, waits, ttfts = result:table "start_times", result:table "queue_times", result:table "ttfts"
  local inputs, outputs, texts = result:table "input_lens", result:table "output_lens", result:table "generated_texts"
  local first = first_start(starts, waits)
  for i, latency in ipairs(latencies or {}) do
    local failed = latency == 0
    if errors then
      failed = errors[i] ~= ""
    end
    local answer = texts and not failed and texts[i] or nil
    run:request { backend = place.backend, phase = place.phase, call = place.call, label = place.label, streamed = 1,
      outcome = failed and "failed" or "ok", error_kind = failed and "server_error" or nil,
      error_message = failed and errors and errors[i] or nil, at = starts and started + starts[i] - first,
      wait = waits and waits[i], t_first_event = not failed and ttfts and ttfts[i] or nil,
      t_finish = not failed and latency or nil, prompt_tokens = inputs and inputs[i],
      output_tokens = not failed and outputs and outputs[i] or nil,
      token_source = outputs and "vllm bench serve" or nil, answer = answer,
      answer_chars = answer and utf8.len(answer) }
  end
end

local function take_options(run, result)
  for _, name in ipairs(told) do
    local value = result:get(name)
    if value ~= nil and type(value) ~= "table" and value ~= math.huge then
      run.options[name] = value
    end
  end
end

local function take_result(run, object, started)
  local result = fields.new(object)
  local seconds = result:number "duration"
  local place = { backend = run.backend_number, call = "chat" }
  if result:text "endpoint_type" and not result:text "endpoint_type":find "chat" then
    place.call = "complete"
  end
  local arrivals = arrivals_of(result)
  place.phase = run:phase { label = label_of(result), arrivals = arrivals, started = started, seconds = seconds,
    asked_rate = tonumber(result:get "request_rate") and result:get "request_rate" < math.huge
      and result:get "request_rate" or nil }
  place.label = run.several and "benchmark " .. place.phase or nil
  take_options(run, result)
  for _, scalar in ipairs(scalars) do
    run:value(scalar[1], result:number(scalar[1]), scalar[2], place.label)
  end
  local counts = counts_of(result)
  for _, metric in ipairs { "ttft", "tpot", "itl", "e2el" } do
    take_statistics(run, result, place, metric, counts[metric])
  end
  take_requests(run, result, place, started)
  if result:table "itls" then
    run:leave "itls (each gap between two chunks; their statistics are kept)"
  end
  result:leave_rest(run)
  return started + (seconds or 0)
end

function vllm.take(file, run)
  local results = is_result(file.json) and { file.json } or file.lines
  run.several = #results > 1
  run.backend_number = run:backend { kind = "openai", model = results[1].model_id }
  local ended = 0
  for _, result in ipairs(results) do
    if not is_result(result) then
      error({ message = "one of its lines is no result of vllm bench serve" })
    end
    ended = take_result(run, result, ended)
  end
  run.duration = ended
  dates.start(run, type(results[1].date) == "string" and results[1].date or nil)
end

return vllm
