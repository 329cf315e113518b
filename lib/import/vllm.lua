-- `vllm bench serve` --save-result, with or without --save-detailed; --append-result makes one line a
-- benchmark. To vLLM every chunk with choices is a token: its TTFT ends at our t_first_event, its end to
-- end at our t_finish, so as_vllm gives its own numbers back and our ttft, tpot and e2e do not exist. Its
-- standard deviations divide by n. Percentiles that it did not print are taken from the requests.
local dates = require "import.dates"
local fit = require "import.fit"
local fields = require "import.fields"
local flat = require "import.flat"
local lists = require "bench.lists"
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
  { "rtfx", "ratio" }, { "total_input_sequences", "inputs" }, { "input_sequence_throughput", "inputs/s" },
  { "probe_completed", "requests" }, { "probe_failed", "requests" }, { "probe_median_e2el_ms", "ms" },
  { "probe_p99_e2el_ms", "ms" }, { "probe_max_e2el_ms", "ms" }, { "spec_decode_acceptance_rate", "%" },
  { "spec_decode_acceptance_length", "tokens" }, { "spec_decode_num_drafts", "drafts" },
  { "spec_decode_draft_tokens", "tokens" }, { "spec_decode_accepted_tokens", "tokens" } }

local told = { "endpoint_type", "backend", "label", "model_id", "tokenizer_id", "num_prompts", "request_rate",
  "burstiness", "max_concurrency", "ramp_up_strategy", "ramp_up_start_rps", "ramp_up_end_rps", "date" }

local function label_of(result)
  local most, rate = result:number "max_concurrency", result:number "request_rate"
  if rate then
    return ("%s/s"):format(rate)
  end
  return most and ("%s at a time"):format(most) or "all at once"
end

local function arrivals_of(result)
  local most, rate = result:number "max_concurrency", result:number "request_rate"
  return lists.joined(", ", "request rate " .. (rate or result:text "request_rate" or "unknown"),
    rate and ("burstiness %s"):format(result:number "burstiness" or 1), most and ("at most %s at a time"):format(most))
end

local of_all_completed = { ttft = true, e2el = true }

local function take_options(run, result)
  for _, name in ipairs(told) do
    local value = result:get(name)
    if value ~= nil and type(value) ~= "table" then
      run.options[name] = value
    end
  end
end

local is_number = lists.set(lists.column(scalars, 1))

-- What --metadata KEY=VALUE said stands among the rest, as texts.
local function take_metadata(run, result)
  for _, name in ipairs(result:rest()) do
    if type(result.object[name]) == "string" and not is_number[name] and not name:find "_ms$" then
      run:note(name, result:text(name))
    end
  end
end

local function call_of(endpoint)
  if not endpoint or endpoint:find "chat" then
    return "chat"
  end
  return (endpoint:find "embed" or endpoint:find "pooling" or endpoint:find "rerank") and "embed" or "complete"
end

local function take_result(run, object, started)
  local result = fields.new(object)
  local seconds = fit.seconds(result:number "duration")
  local place = { backend = run.backend_number, call = call_of(result:text "endpoint_type") }
  local arrivals = arrivals_of(result)
  place.phase = run:phase { label = label_of(result), arrivals = arrivals, started = started, seconds = seconds,
    asked_rate = result:number "request_rate" }
  place.label = run.several and "benchmark " .. place.phase or nil
  take_options(run, result)
  for _, scalar in ipairs(scalars) do
    run:value(scalar[1], result:number(scalar[1]), scalar[2], place.label)
  end
  local values = requests.take(run, result, place, started)
  for _, metric in ipairs(flat.metrics(object)) do
    local list = values[metric] or {}
    local n = of_all_completed[metric] and result:number "completed" or #list > 0 and #list or nil
    flat.take(run, result, place, metric, n, list)
  end
  take_metadata(run, result)
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
