-- profile_export.jsonl of AIPerf: one request a line. Its first token is ours (reasoning counts), and its
-- request latency ends with the last token, as our e2e does; so the times go into the columns, and as_aiperf
-- gives its own numbers back.
local fields = require "import.fields"

local records = { tool = "AIPerf", prefix = "aiperf" }

local function is_record(value)
  return type(value) == "table" and type(value.metadata) == "table" and math.type(value.metadata.request_start_ns)
    and type(value.metrics) == "table"
end

function records.fits(file)
  return file.lines ~= nil and is_record(file.lines[1]) or is_record(file.json)
end

local to_seconds = { ns = 1e-9, us = 1e-6, ms = 1e-3, s = 1, sec = 1 }

local function seconds_of(metrics, name)
  local metric = metrics:table(name)
  local factor = metric and to_seconds[metric.unit]
  return factor and math.type(metric.value) and metric.value * factor or nil
end

local function count_of(metrics, name)
  local metric = metrics:table(name)
  return metric and math.tointeger(metric.value) or nil
end

local function outcome_of(record)
  local problem = record:table "error"
  if record.object.metadata.was_cancelled == true then
    return "cancelled"
  elseif not problem then
    return "ok"
  end
  local code = math.tointeger(problem.code)
  return "failed", code and code >= 100 and code < 600 and "http_" .. code or "server_error", code,
    (problem.type and problem.type .. ": " or "") .. tostring(problem.message or "")
end

local function take_record(run, object, first)
  local record = fields.new(object)
  local metadata, metrics = object.metadata, record:below "metrics"
  local outcome, kind, status, message = outcome_of(record)
  local ttft, e2e = seconds_of(metrics, "time_to_first_token"), seconds_of(metrics, "request_latency")
  run:request { backend = 1, call = "chat", outcome = outcome, error_kind = kind, error_message = message,
    http_status = status, streamed = ttft and 1 or 0, phase = metadata.benchmark_phase == "profiling" and 1 or nil,
    phase_kind = metadata.benchmark_phase == "warmup" and "warm-up" or nil,
    at = (metadata.request_start_ns - first) / 1e9, t_first_token = ttft,
    t_first_content = seconds_of(metrics, "time_to_first_output_token"), t_last_token = ttft and e2e,
    t_end = not ttft and e2e or nil, prompt_tokens = count_of(metrics, "input_sequence_length"),
    output_tokens = count_of(metrics, "output_sequence_length"), token_source = "AIPerf",
    reasoning_tokens = count_of(metrics, "reasoning_token_count") }
  record:get "metadata"
  for _, name in ipairs { "output_token_count", "inter_token_latency" } do
    metrics:get(name) -- follow from the others
  end
  metrics:leave_rest(run)
  record:leave_rest(run)
  return metadata.request_end_ns or metadata.request_start_ns
end

function records.take(file, run)
  local lines = file.lines or { file.json }
  local first, last = math.huge, 0
  for number, object in ipairs(lines) do
    if not is_record(object) then
      error({ message = ("line %d is no record of AIPerf"):format(number) })
    end
    first = math.min(first, object.metadata.request_start_ns)
  end
  run:backend { kind = "openai" }
  for _, object in ipairs(lines) do
    last = math.max(last, take_record(run, object, first))
  end
  run.started, run.duration = first / 1e9, (last - first) / 1e9
  run:phase { seconds = run.duration }
end

return records
