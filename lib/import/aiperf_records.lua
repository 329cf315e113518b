-- profile_export.jsonl of AIPerf: one request a line. Its first token is ours (reasoning counts), and its
-- request latency ends with the last token, as our e2e does; so the times go into the columns, and as_aiperf
-- gives its own numbers back.
local document = require "import.document"
local fields = require "import.fields"
local fit = require "import.fit"

local records = { tool = "AIPerf", prefix = "aiperf" }

local function is_record(value)
  return type(value) == "table" and type(value.metadata) == "table" and math.type(value.metadata.request_start_ns)
    and type(value.metrics) == "table"
end

function records.fits(file)
  return is_record(file.first) or is_record(file.json)
end

local to_seconds = { ns = 1e-9, us = 1e-6, ms = 1e-3, s = 1, sec = 1 }

local function seconds_of(metrics, name)
  local metric = metrics:table(name)
  local factor = metric and to_seconds[metric.unit]
  return factor and math.type(metric.value) and metric.value * factor or nil
end

-- The chunks that hold a token; their gaps come as a list.
local function events_of(metrics, ttft)
  local gaps = metrics:table "inter_chunk_latency"
  local factor = gaps and to_seconds[gaps.unit]
  local seconds = {}
  for i, gap in ipairs(factor and type(gaps.value) == "table" and gaps.value or {}) do
    seconds[i] = math.type(gap) and gap * factor or gap
  end
  return #seconds > 0 and document.times(ttft, seconds) or nil
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
    table.concat({ fit.text(problem.type) or "error", fit.text(problem.message) }, ": ")
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
    events = events_of(metrics, ttft), reasoning_tokens = count_of(metrics, "reasoning_token_count") }
  record:get "metadata"
  for _, name in ipairs { "output_token_count", "inter_token_latency" } do
    metrics:get(name) -- follow from the others
  end
  metrics:leave_rest(run)
  record:leave_rest(run)
  return math.type(metadata.request_end_ns) and metadata.request_end_ns or metadata.request_start_ns
end

-- When the first of them began, in ns; they stand in the order of their ends.
local function first_start(file)
  local first = math.huge
  for object in file:objects() do
    first = is_record(object) and math.min(first, object.metadata.request_start_ns) or first
  end
  return first
end

function records.take(file, run)
  local first, last = first_start(file), 0
  run:backend { kind = "openai" }
  for object in file:objects() do
    if is_record(object) then
      last = math.max(last, take_record(run, object, first))
    else
      run:leave "lines that are no record of AIPerf"
    end
  end
  run:began(first / 1e9)
  run:lasted((last - first) / 1e9)
  run:phase { seconds = run.duration }
end

return records
