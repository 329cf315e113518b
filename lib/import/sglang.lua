-- `sglang.bench_serving`: a line a benchmark, with --output-details its requests as lists. To it content alone is a
-- token and [DONE] the end, so its TTFT ends at our t_first_content and its end to end at our t_done; that one is in
-- no list. Its standard deviations divide by n.
local dates = require "import.dates"
local document = require "import.document"
local fields = require "import.fields"
local fit = require "import.fit"
local flat = require "import.flat"

local sglang = { tool = "sglang bench_serving", prefix = "sglang" }

local function is_result(value)
  return type(value) == "table" and value.total_output_tokens_retokenized ~= nil and value.request_throughput ~= nil
end

function sglang.fits(file)
  return is_result(file.json) or is_result(file.first)
end

local scalars = { { "duration", "s" }, { "completed", "requests" }, { "total_input_tokens", "tokens" },
  { "total_input_text_tokens", "tokens" }, { "total_input_vision_tokens", "tokens" },
  { "total_output_tokens", "tokens" }, { "total_output_tokens_retokenized", "tokens" },
  { "request_throughput", "req/s" }, { "input_throughput", "tok/s" }, { "output_throughput", "tok/s" },
  { "total_throughput", "tok/s" }, { "concurrency", "requests" }, { "accept_length", "tokens" },
  { "max_output_tokens_per_s", "tok/s" }, { "max_concurrent_requests", "requests" } }

local told = { "tag", "backend", "dataset_name", "request_rate", "max_concurrency", "sharegpt_output_len",
  "random_input_len", "random_output_len", "random_range_ratio" }

local lists = { "ttfts", "itls", "input_lens", "output_lens", "generated_texts", "errors" }

local function take_request(run, details, i, place)
  local message, text = details.errors and details.errors[i], details.generated_texts and details.generated_texts[i]
  local request = { backend = place.backend, phase = place.phase, call = place.call, label = place.label, streamed = 1,
    prompt_tokens = fit.number_at(details.input_lens, i), token_source = "sglang bench_serving", outcome = "ok" }
  if type(message) == "string" and message ~= "" then
    request.outcome, request.error_kind, request.error_message = "failed", "server_error", message
  else
    request.t_first_content = fit.number_at(details.ttfts, i)
    request.output_tokens = fit.number_at(details.output_lens, i)
    request.events = document.times(request.t_first_content, details.itls and details.itls[i])
    request.are_chunks = true
    request.answer = type(text) == "string" and text or nil
    request.answer_chars = request.answer and utf8.len(request.answer)
  end
  run:request(request)
end

local function take_requests(run, result, place)
  local details = {}
  for _, name in ipairs(lists) do
    details[name] = result:table(name)
  end
  for i = 1, #(details.ttfts or {}) do
    take_request(run, details, i, place)
  end
end

local function phase_of(result, started, seconds)
  local rate, most = result:number "request_rate", result:number "max_concurrency"
  local words = ("request rate %s%s"):format(rate or result:text "request_rate" or "inf", -- no number of JSON
    most and (", at most %s at a time"):format(most) or "")
  return { label = rate and ("%s/s"):format(rate) or most and ("%s at a time"):format(most) or "all at once",
    arrivals = words, started = started, seconds = seconds, asked_rate = rate }
end

local function take_result(run, object, started)
  local result = fields.new(object)
  local seconds = fit.seconds(result:number "duration")
  local backend = result:text "backend"
  local place = { backend = run.backend_number, call = backend and backend:find "chat" and "chat" or "complete",
    phase = run:phase(phase_of(result, started, seconds)) }
  place.label = run.several and "benchmark " .. place.phase or nil
  for _, name in ipairs(told) do
    run.options[name] = result:get(name)
  end
  for _, scalar in ipairs(scalars) do
    run:value(scalar[1], result:number(scalar[1]), scalar[2], place.label)
  end
  take_requests(run, result, place)
  for _, metric in ipairs(flat.metrics(object)) do
    flat.take(run, result, place, metric, nil, {})
  end
  result:leave_rest(run)
  return started + (seconds or 0)
end

local function model_of(result)
  local info = type(result.server_info) == "table" and result.server_info or {}
  return fit.text(info.model_path)
end

function sglang.take(file, run)
  local first, ended = file.first or file.json, 0
  run.several = file.first ~= nil
  run.backend_number = run:backend { kind = "openai", model = model_of(first) }
  for result in file:objects() do
    if is_result(result) then
      ended = take_result(run, result, ended)
    else
      run:leave "lines that are no result of sglang.bench_serving"
    end
  end
  dates.start(run)
  run:lasted(ended)
end

return sglang
