-- The figures of `vllm bench serve` for a run, by its own definitions: the times of the view as_vllm, gaps between
-- chunks as inter-token latencies, the peak of tokens by whole seconds, standard deviations over n. Four departures,
-- which bench help metrics names: a request that failed in the middle is a failure here; the peak of tokens counts
-- tokens, not chunks, so that it is never below the mean; the peak of requests is that of one moment, as vLLM has it
-- after 0.32, so that it is never above their limit; and of chunks without text only the first and the last are kept. A
-- figure without values is nil where vLLM writes 0.
local ask = require "report.ask"
local header = require "report.header"
local json = require "core.json"
local lists = require "bench.lists"
local series = require "core.series"

local vllm = {}

local endpoints = { "openai", "vllm", "openai-chat" }
local ROUNDED = 0.001 -- ms, to which the times of events are kept

-- Whether a run asks for the block, by its notes: it is one of vllm bench serve's load.
function vllm.is_asked_for(notes)
  local note = lists.find(notes, "key", header.block_note)
  return note ~= nil and note.value == "vllm"
end

-- Another scenario's options may be called as vLLM's and mean something else.
local function options_of(row)
  local options = row.options and vllm.is_asked_for(ask.rows("report/notes", row.run)) and json.decode(row.options)
  return type(options) == "table" and options or {}
end

local function list_of(value, default)
  if type(value) == "table" then
    return value
  end
  local list = {}
  for word in tostring(value or default):gmatch "[^%s,]+" do
    list[#list + 1] = word
  end
  return list
end

-- Times of the chunks of one request, ms: its role chunk is the first and its finish chunk the last.
local function with_ends(times, row)
  if row.ttft_ms and (not times[1] or row.ttft_ms < times[1] - ROUNDED) then
    table.insert(times, 1, row.ttft_ms)
  end
  if row.e2e_ms and row.e2e_ms > (times[#times] or math.huge) + ROUNDED then
    times[#times + 1] = row.e2e_ms
  end
  return times
end

-- times: of one request's chunks, over which its tokens are spread. Its gaps are kept in its row only where they are
-- asked for one by one.
local function take_chunks(found, row, times)
  times = with_ends(times, row)
  local gaps, tokens = {}, (row.output_tokens or #times) / #times
  for i, at in ipairs(times) do
    if i > 1 then
      gaps[i - 1] = at - times[i - 1]
      found.gaps:add(gaps[i - 1])
    end
    if row.start_ms then
      local second = (row.start_ms - found.first_ms + at) // 1000
      found.seconds[second] = (found.seconds[second] or 0) + tokens
    end
  end
  row.gaps = found.is_detailed and gaps or nil
end

-- Up to what is no time: a stranger's file may hold anything.
local function milliseconds(t)
  local told, times = json.decode(t), {}
  for i, microseconds in ipairs(type(told) == "table" and told or {}) do
    if not math.type(microseconds) then
      break
    end
    times[i] = microseconds / 1000
  end
  return times
end

-- One timeline at a time: together they are many times as large as all else. -> { gaps (a series), seconds = { [second]
-- = tokens }, first_ms, is_detailed }
local function read_chunks(run, group, rows, first_ms, is_detailed)
  local found, waiting = { gaps = series.new(), seconds = {}, first_ms = first_ms, is_detailed = is_detailed }, {}
  for _, row in ipairs(rows) do
    if row.outcome == "ok" then
      waiting[row.request] = row
    end
  end
  ask.each("report/vllm_events", { run, group.backend, group.call, group.phase or 0,
    group.first_seq, group.last_seq }, function(answer)
    local row = waiting[answer.request]
    if row then
      take_chunks(found, row, milliseconds(answer.t))
      waiting[answer.request] = nil
    end
  end)
  for _, row in pairs(waiting) do
    take_chunks(found, row, {})
  end
  return found
end

local function most(counts)
  local highest = 0
  for _, count in pairs(counts) do
    highest = math.max(highest, count)
  end
  return highest
end

-- How many requests lived at one moment, at most. Who begins when another ends comes after it.
local function most_alive(rows)
  local starts, ends, ended, highest = {}, {}, 0, 0
  for _, row in ipairs(rows) do
    if row.outcome == "ok" and row.start_ms then
      starts[#starts + 1], ends[#ends + 1] = row.start_ms, row.start_ms + (row.e2e_ms or 0)
    end
  end
  table.sort(starts)
  table.sort(ends)
  for begun, at in ipairs(starts) do
    while (ends[ended + 1] or math.huge) <= at do
      ended = ended + 1
    end
    highest = math.max(highest, begun - ended)
  end
  return highest
end

local function statistics(values, percents)
  local deviation, n = values:stddev(), values:count()
  local found = { mean = values:mean(), median = values:quantile(0.5), percentiles = {} }
  if n > 0 then
    found.std = n > 1 and deviation * math.sqrt((n - 1) / n) or 0.0
  end
  for i, percent in ipairs(percents) do
    found.percentiles[i] = { percent = percent, value = values:quantile(percent / 100) }
  end
  return found
end

local function add(values, value)
  if value then
    values:add(value)
  end
end

local function values_of(rows)
  local values = { ttft = series.new(), tpot = series.new(), e2el = series.new(), client_queue_time = series.new(),
    e2el_including_client_queue = series.new() }
  for _, row in ipairs(rows) do
    if row.outcome == "ok" then
      add(values.ttft, row.ttft_ms)
      add(values.tpot, row.tpot_ms)
      add(values.e2el, row.e2e_ms)
      add(values.client_queue_time, row.wait_ms)
      add(values.e2el_including_client_queue, row.wait_ms and row.e2e_ms and row.e2e_ms + row.wait_ms)
    end
  end
  return values
end

local columns = { ttft = "ttft_ms", tpot = "tpot_ms", e2el = "e2e_ms" }

-- Requests that met every limit of { "ttft:500", "tpot:50" }; nil where there are none. A tpot of one token is 0.
local function good(rows, limits)
  if #limits == 0 then
    return nil
  end
  local count = 0
  for _, row in ipairs(rows) do
    local met = row.outcome == "ok"
    for _, limit in ipairs(limits) do
      local name, bound = limit:match "^(%w+):(.+)$"
      local value = columns[name] and (row[columns[name]] or name == "tpot" and 0)
      met = met and value and value <= tonumber(bound)
    end
    count = count + (met and 1 or 0)
  end
  return count
end

-- nil where a server did not count one of those that were ok.
local function tokens(rows, column)
  local sum = 0
  for _, row in ipairs(rows) do
    if row.outcome == "ok" then
      if not row[column] then
        return nil
      end
      sum = sum + row[column]
    end
  end
  return sum
end

local function sums(rows)
  local sum = { completed = 0, failed = 0, first = math.huge, last = 0,
    input = tokens(rows, "prompt_tokens"), output = tokens(rows, "output_tokens") }
  for _, row in ipairs(rows) do
    local ok = row.outcome == "ok"
    sum.completed, sum.failed = sum.completed + (ok and 1 or 0), sum.failed + (ok and 0 or 1)
    sum.first = math.min(sum.first, row.came_ms or math.huge)
    sum.last = math.max(sum.last, (row.start_ms or 0) + (row.end_ms or 0))
  end
  return sum
end

local function asked_of(phase, options)
  local rate = phase and phase.asked_rate
  if options.request_rate ~= nil then
    rate = tonumber(options.request_rate)
  end
  return rate and rate ~= math.huge and rate > 0 and rate + 0.0 or nil
end

-- The word for the way of asking: what --backend of scripts/serve.lua said, or what it would say.
local function endpoint_of(options, call)
  local said = options.backend ~= "" and options.backend or options.endpoint_type
  return lists.has(endpoints, said) and said or call == "chat" and "openai-chat" or "openai"
end

local function at_most(options)
  local limit = math.tointeger(tonumber(options.max_concurrency))
  return limit and limit > 0 and limit or nil
end

local function ramp_of(options)
  if options.ramp_up_strategy == nil or options.ramp_up_strategy == "" then
    return nil
  end
  return { strategy = options.ramp_up_strategy, start_rps = options.ramp_up_start_rps,
    end_rps = options.ramp_up_end_rps }
end

-- One backend, call, label and phase of a run.
local function result_of(run_row, group)
  local options = options_of(run_row)
  local is_detailed = options.save_detailed == true
  local rows = ask.rows("report/vllm_requests", run_row.run, group.backend, group.call, group.label, group.phase,
    is_detailed and 1 or 0, group.first_seq, group.last_seq)
  local sum = sums(rows)
  local chunks = read_chunks(run_row.run, group, rows, sum.first, is_detailed)
  local backend = lists.find(ask.rows("report/backends", run_row.run), "backend", group.backend)
  local phase = group.phase and ask.row("report/phases", run_row.run, group.phase)
  local seconds = (sum.last - (phase and phase.started_ms or sum.first)) / 1000
  local percents = lists.map(list_of(options.metric_percentiles, "99"), tonumber)
  local good_requests = good(rows, list_of(options.goodput, ""))
  local result = { run = run_row, group = group, rows = rows, model = backend and backend.model,
    endpoint = endpoint_of(options, group.call),
    rate = asked_of(phase, options), burstiness = (tonumber(options.burstiness) or 1) + 0.0,
    max_concurrency = at_most(options), ramp = ramp_of(options), metadata = list_of(options.metadata, ""),
    detailed = is_detailed,
    chosen = list_of(options.percentile_metrics, "ttft,tpot,itl"), sum = sum, seconds = seconds,
    goodput = good_requests and good_requests / seconds, output_rate = sum.output and sum.output / seconds,
    total_rate = sum.input and sum.output and (sum.input + sum.output) / seconds, statistics = {} }
  result.peak_tokens = math.max(most(chunks.seconds), result.output_rate or 0)
  result.peak_requests = most_alive(rows)
  for name, values in pairs(values_of(rows)) do
    result.statistics[name] = statistics(values, percents)
  end
  result.statistics.itl = statistics(chunks.gaps, percents)
  return result
end

-- take(result) for each backend, call, label and phase of the run that asked for answers; -> whether there was one.
function vllm.each(run, take)
  local run_row = ask.row("report/run_shown", run)
  local any = false
  for _, group in ipairs(ask.rows("report/groups", run)) do
    if group.call == "chat" or group.call == "complete" then
      take(result_of(run_row, group))
      any = true
    end
  end
  return any
end

return vllm
