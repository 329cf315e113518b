-- The requests of a guidellm benchmark, listed by how they ended; a sample of them where it was told to keep no
-- more. Its first token is ours (reasoning counts), its last one too, and its end is the end of the stream, our
-- t_done; so the times go into the columns, and as_guidellm gives its own numbers back. Its statistics are over
-- the requests that were in flight while it measured: of the others, earlier ones are warm-up, later ones drain.
local fields = require "import.fields"

local guidellm_requests = {}

local outcomes = { { "successful", "ok" }, { "errored", "failed" }, { "incomplete", "cancelled" } }

-- Before 0.4 the moments stood in the request itself, since then below info.timings.
local function moments_of(request)
  local timings = request:below "info":below "timings"
  return {
    planned = timings:number "targeted_start",
    start = timings:number "request_start" or request:number "request_start_time" or request:number "start_time",
    first_token = timings:number "first_token_iteration" or request:number "first_token_time",
    first_content = timings:number "first_output_token_iteration",
    last_token = timings:number "last_token_iteration" or request:number "last_token_time",
    finish = timings:number "request_end" or request:number "end_time",
    gone = request:number "request_end_time" or request:number "end_time",
  }
end

local function since(moments, name)
  local moment = moments[name]
  return moment and moment > 0 and moment - moments.start or nil
end

local function kind_of_phase(moments, from, to)
  if from and (moments.gone or moments.start) < from then
    return "warm-up"
  end
  return to and moments.start > to and "drain" or "measure"
end

-- "HTTPStatusError("Server error '503 Service Unavailable' for url ..."
local function http_status(message)
  return math.tointeger(tonumber(message and message:match "HTTPStatusError.-'(%d%d%d) "))
end

-- What became of it, in its row.
local function add_end(row, request, moments, outcome)
  row.outcome = outcome
  row[row.streamed == 1 and "t_done" or "t_end"] = since(moments, "finish")
  if outcome ~= "ok" then
    row.t_end = since(moments, "gone")
  end
  if outcome == "failed" then
    row.error_message = request:below "info":text "error" or request:text "error"
    row.http_status = http_status(row.error_message)
    row.error_kind = row.http_status and "http_" .. row.http_status or nil
  end
end

-- found: request, outcome, moments; window: from, to (of the measured time, since 1970), follows_schedule
local function row_of(run, found, place, window)
  local request, moments = found.request, found.moments
  local output, answer = request:number "output_tokens", request:text "output"
  local row = { backend = place.backend, phase = place.phase, call = place.call, label = place.label,
    at = run.began_at and moments.start - run.began_at, phase_kind = kind_of_phase(moments, window.from, window.to),
    wait = window.follows_schedule and moments.planned and moments.start - moments.planned or nil,
    t_first_token = since(moments, "first_token"), t_first_content = since(moments, "first_content"),
    t_last_token = since(moments, "last_token"), prompt_tokens = request:number "prompt_tokens",
    cached_tokens = request:number "cached_tokens", output_tokens = output,
    token_source = output and "guidellm" or nil, answer = answer, answer_chars = answer and utf8.len(answer),
    reasoning = request:text "reasoning_output" }
  row.streamed = row.t_first_token and 1 or 0
  add_end(row, request, moments, found.outcome)
  return row
end

local function leave_of(run, request)
  for _, name in ipairs { "request_args", "prompt", "tool_calls", "response_metrics" } do
    if request:get(name) then
      run:leave("requests: " .. name)
    end
  end
end

-- All requests in the order of their starts, those without one last.
local function in_order(lists)
  local rows = {}
  for _, pair in ipairs(outcomes) do
    for _, object in ipairs(lists:table(pair[1]) or {}) do
      local request = fields.new(type(object) == "table" and object or {})
      rows[#rows + 1] = { request = request, outcome = pair[2], moments = moments_of(request) }
    end
  end
  table.sort(rows, function(a, b)
    return (a.moments.start or math.huge) < (b.moments.start or math.huge)
  end)
  return rows
end

-- When the first request of a benchmark began, one of its warm-up, too; nil where nothing says so.
function guidellm_requests.first_start(object)
  local first = in_order(fields.new(object):below "requests")[1]
  return first and first.moments.start
end

local of_a_schedule = { constant = true, poisson = true, trace = true, replay = true }

-- benchmark: its fields; place: backend, call, label, phase; strategy: how its load was shaped, nil if unknown.
function guidellm_requests.take(run, benchmark, place, strategy)
  local lists = benchmark:below "requests"
  local window = { from = benchmark:number "start_time", to = benchmark:number "end_time",
    follows_schedule = of_a_schedule[strategy] }
  for _, row in ipairs(in_order(lists)) do
    if row.moments.start then
      run:request(row_of(run, row, place, window))
      leave_of(run, row.request)
    else
      run:leave "requests without a start"
    end
  end
  lists:get "total"
  lists:leave_rest(run)
end

return guidellm_requests
