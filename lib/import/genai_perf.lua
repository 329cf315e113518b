-- profile_export.json, which perf_analyzer writes for genai-perf: every request with its responses, as they came and
-- when. What each held is looked at here, so the times are those of our definitions; genai-perf's own, of pieces with
-- content, stand beside them under its names. Tokens it counts itself, and keeps no count: where the server sent no
-- usage nobody knows how many there were.
local chunks = require "import.chunks"
local fields = require "import.fields"
local fit = require "import.fit"
local json = require "core.json"
local lists = require "bench.lists"
local statistics = require "import.statistics"

local genai_perf = { tool = "genai-perf", prefix = "genai-perf" }

local function is_experiment(value)
  return type(value) == "table" and type(value.experiment) == "table" and type(value.requests) == "table"
end

function genai_perf.fits(file)
  return type(file.json) == "table" and type(file.json.experiments) == "table"
    and is_experiment(file.json.experiments[1])
end

local calls = { { "chat", "chat" }, { "embed", "embed" }, { "complet", "complete" }, { "generate", "complete" } }

-- Without an endpoint it was Triton's own protocol, which completes.
local function call_of(endpoint)
  for _, pair in ipairs(calls) do
    if endpoint:find(pair[1], 1, true) then
      return pair[2]
    end
  end
  return endpoint == "" and "complete" or "http"
end

local function payload_of(request)
  local payload = request:below "request_inputs":text "payload"
  local value = payload and json.decode(payload)
  return type(value) == "table" and value or {}
end

-- The responses in their order, each with its moment since the start; those of Triton hold plain words.
local function read_answer(run, request, start)
  local answer, stamps = chunks.new(), request:table "response_timestamps" or {}
  for i, output in ipairs(request:table "response_outputs" or {}) do
    local at = math.type(stamps[i]) and fit.seconds((stamps[i] - start) / 1e9)
    local text = type(output) == "table" and (output.response or output.text_output)
    if not at or type(text) ~= "string" then
      run:leave "responses without a text or a time"
    elseif output.response then
      answer:add(text, at)
    else
      answer:add_words(text ~= "" and text or nil, nil, false, at)
    end
    answer.last = at or answer.last
  end
  if answer.pending ~= "" then
    run:leave "responses that are no whole message"
  end
  return answer
end

local needs_words = { chat = true, complete = true }

local function outcome_of(answer, call)
  if answer.error then
    return "failed", "server_error", answer.error
  elseif not answer.last then
    return "failed", "no_response"
  end
  return needs_words[call] and #answer.tokens == 0 and "empty" or "ok"
end

local function joined(list)
  return #list > 0 and table.concat(list) or nil
end

local function row_of(answer, place, streamed)
  local row = { backend = place.backend, phase = place.phase, call = place.call, streamed = streamed and 1 or 0,
    finish_reason = answer.finish_reason, answer = joined(answer.content), reasoning = joined(answer.reasoning),
    prompt_tokens = answer.prompt_tokens, output_tokens = answer.output_tokens, cached_tokens = answer.cached_tokens,
    reasoning_tokens = answer.reasoning_tokens, token_source = answer.output_tokens and "usage" or nil }
  row.outcome, row.error_kind, row.error_message = outcome_of(answer, place.call)
  row.answer_chars = row.answer and utf8.len(row.answer)
  if not streamed then
    row.t_end = answer.last
    return row
  end
  row.events = #answer.tokens > 0 and answer.tokens or nil
  row.t_first_token, row.t_last_token = answer.tokens[1], answer.tokens[#answer.tokens]
  row.t_first_content = answer.contents[1]
  for _, name in ipairs { "t_first_event", "t_finish", "t_usage", "t_done" } do
    row[name] = answer[name]
  end
  return row
end

-- As genai-perf has it: of responses with content, the first, the second behind it, and the last.
local function add_statistics(values, answer)
  local contents = answer.contents
  if #contents > 0 then
    table.insert(values.time_to_first_token, 1000 * contents[1])
    table.insert(values.request_latency, 1000 * contents[#contents])
  end
  if #contents > 1 then
    table.insert(values.time_to_second_token, 1000 * (contents[2] - contents[1]))
  end
end

-- -> when its last response came, since 1970 in ns; nil where it does not say when it began
local function take_request(run, request, place, values)
  local start = request:count "timestamp"
  if not start then
    run:leave "requests without a start"
    return
  end
  local payload, answer = payload_of(request), read_answer(run, request, start)
  local streamed = payload.stream == true or #answer.tokens > 1
  local row = row_of(answer, place, streamed)
  row.at = (start - place.first) / 1e9
  run:request(row)
  add_statistics(values, answer)
  request:below "request_inputs"
  request:leave_rest(run)
  return start + math.floor(1e9 * (answer.last or 0))
end

local function load_of(entry)
  local shape = entry:below "experiment"
  local mode, value = shape:text "mode" or "unknown", shape:number "value"
  local words = mode:gsub("_", " ") .. (value and " " .. value or "")
  return words, mode == "request_rate" and value or nil
end

local function first_start(requests)
  local first
  for _, request in ipairs(requests) do
    local start = request:count "timestamp"
    first = start and math.min(start, first or start) or first
  end
  return first
end

local function take_experiment(run, entry, place, began)
  local requests = entry:objects("requests", run)
  local words, rate = load_of(entry)
  local first = first_start(requests)
  if not first then
    return
  end
  local values = { time_to_first_token = {}, time_to_second_token = {}, request_latency = {} }
  local phase = { arrivals = words, asked_rate = rate }
  place.phase, place.label = run:phase(phase), words
  place.first = began or first
  local last = first
  for _, request in ipairs(requests) do
    last = math.max(last, take_request(run, request, place, values) or last)
  end
  phase.started, phase.seconds = (first - place.first) / 1e9, (last - first) / 1e9
  for _, name in ipairs(lists.names(values)) do
    run:summary({ backend = place.backend, call = place.call, phase = place.phase }, name, "ms",
      statistics.of(values[name]))
  end
  entry:leave_rest(run)
  return place.first, last
end

-- As the first request asked for it.
local function model_of(experiment)
  local first = experiment.requests[1]
  return type(first) == "table" and fit.text(payload_of(fields.new(first)).model) or nil
end

function genai_perf.take(file, run)
  local top = fields.new(file.json)
  local kind = top:text "service_kind"
  local backend = { kind = kind == "openai" and "openai" or "unknown", model = model_of(file.json.experiments[1]) }
  local place = { backend = run:backend(backend), call = call_of(top:text "endpoint" or "") }
  local began, ended
  for _, entry in ipairs(top:objects("experiments", run)) do
    local first, last = take_experiment(run, entry, place, began)
    began, ended = began or first, math.max(ended or 0, last or 0)
  end
  if began then
    run:began(began / 1e9)
    run:lasted((ended - began) / 1e9)
  end
  run.options = { service_kind = kind, endpoint = top:text "endpoint" }
  run:leave "the prompts of its requests"
  top:get "version"
  top:leave_rest(run)
end

return genai_perf
