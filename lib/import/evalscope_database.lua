-- benchmark_data.db of evalscope perf: a request a row of its table `result`. Since 1.12 the first chunk with output
-- of any channel is its first token, and so are the gaps behind it; before, any chunk with choices was. Its end is
-- the last message, the one with the usage (our t_usage); so as_evalscope gives its own numbers back. Start times
-- are of a clock that nobody knows. `is_stream` came with 1.11, whose two releases cannot be told from 1.12.
local ask = require "report.ask"
local dates = require "import.dates"
local document = require "import.document"
local fields = require "import.fields"
local json = require "core.json"
local store = require "core.store"

local database = { tool = "evalscope", prefix = "evalscope" }

-- f(...) while the file is there as "other" -> its result; raises what f raised.
local function with(path, f, ...)
  store.attach(path)
  local ok, result = pcall(f, ...)
  store.detach()
  if not ok then
    error(result, 0)
  end
  return result
end

local function columns()
  local names = {}
  for _, row in ipairs(ask.rows "import/evalscope_columns") do
    names[row.name] = true
  end
  return names
end

function database.fits(file)
  if not file.is_database then
    return false
  end
  local readable, names = pcall(with, file.path, columns)
  return readable and names.first_chunk_latency ~= nil and names.inter_token_latencies ~= nil
end

local calls = { { "messages", "chat" }, { "prompt", "complete" }, { "input", "embed" } }

-- What was sent, as JSON -> the call, the model
local function asked(row)
  local body = json.decode(row:text "request" or "")
  body = type(body) == "table" and fields.new(body) or fields.new {}
  for _, pair in ipairs(calls) do
    if body:get(pair[1]) ~= nil then
      return pair[2], body:text "model"
    end
  end
  return "chat", body:text "model"
end

local function times_of(request, row, gaps)
  local first, latency = row:number "first_chunk_latency", row:number "latency"
  local events = document.times(first, gaps)
  request.are_chunks = row:number "is_stream" == nil
  if request.streamed == 0 then
    request.t_end = latency
    return
  end
  request.t_usage, request.events = latency, events
  if request.are_chunks then
    request.t_first_event = first
  else
    request.t_first_token, request.t_last_token = first, events and events[#events]
  end
end

local function is_streamed(row, gaps)
  local told = row:number "is_stream"
  return (told == 1 or told == nil and #gaps > 0) and 1 or 0
end

local function row_of(row, first_start)
  local start = row:number "start_time"
  local gaps = json.decode(row:text "inter_token_latencies" or "")
  gaps = type(gaps) == "table" and gaps or {}
  local output = row:number "completion_tokens"
  local success = row:number "success" or row:number "latency" and 1
  local request = { backend = 1, phase = 1, call = asked(row), at = start and start - first_start,
    streamed = is_streamed(row, gaps),
    outcome = success == 1 and "ok" or "failed", prompt_tokens = row:number "prompt_tokens",
    output_tokens = output, token_source = output and "evalscope" or nil }
  times_of(request, row, gaps)
  return request
end

local function take_rows(run)
  local first, last = nil, 0
  ask.each("import/evalscope_requests", {}, function(object)
    local row = fields.new(object)
    if not first then
      first = row:number "start_time" or 0
      run:backend { kind = "openai", model = select(2, asked(row)) }
    end
    last = math.max(last, row:number "completed_time" or 0)
    run:request(row_of(row, first))
  end)
  if not first then
    error({ message = "it holds no request" })
  end
  run:lasted(last - first)
  run:phase { seconds = run.duration }
end

function database.take(file, run)
  with(file.path, take_rows, run)
  run:leave "request (what was sent), response_messages, max_gpu_memory_cost"
  dates.start(run)
end

return database
