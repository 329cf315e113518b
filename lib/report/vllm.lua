-- The figures of `vllm bench serve` for a run, by its own definitions: the times of the view as_vllm, gaps between
-- chunks as inter-token latencies, peaks by whole seconds, standard deviations over n. One departure: a request that
-- failed in the middle is a failure here. A figure without values is nil where vLLM writes 0.
local ask = require "report.ask"
local json = require "core.json"
local lists = require "bench.lists"
local quantile = require "core.quantile"
local stats = require "core.stats"

local vllm = {}

local ROUNDED = 0.001 -- ms, to which the times of events are kept

local function options_of(row)
  local options = row.options and json.decode(row.options)
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

local function read_chunks(run, group, rows)
  local by_request = {}
  ask.each("report/vllm_events", { run, group.backend, group.call, group.phase or 0 }, function(answer)
    local times = json.decode(answer.t)
    for i, microseconds in ipairs(times) do
      times[i] = microseconds / 1000
    end
    by_request[answer.request] = times
  end)
  for _, row in ipairs(rows) do
    row.chunks = row.outcome == "ok" and with_ends(by_request[row.request] or {}, row) or {}
    row.gaps = {}
    for i = 2, #row.chunks do
      row.gaps[i - 1] = row.chunks[i] - row.chunks[i - 1]
    end
  end
end

local function most(counts)
  local highest = 0
  for _, count in pairs(counts) do
    highest = math.max(highest, count)
  end
  return highest
end

-- The fullest second, in chunks and in requests that lived in it.
local function peaks(rows, first_ms)
  local chunks, alive = {}, {}
  for _, row in ipairs(rows) do
    if row.outcome == "ok" and row.start_ms then
      local from = row.start_ms - first_ms
      for _, at in ipairs(row.chunks) do
        local second = (from + at) // 1000
        chunks[second] = (chunks[second] or 0) + 1
      end
      for second = from // 1000, (from + (row.e2e_ms or 0)) // 1000 do
        alive[second] = (alive[second] or 0) + 1
      end
    end
  end
  return most(chunks), most(alive)
end

local function statistics(values, percents)
  local mean, deviation = stats.mean(values)
  local n = #values
  local found = { mean = mean, median = quantile.linear(values, 0.5), percentiles = {} }
  if n > 0 then
    found.std = n > 1 and deviation * math.sqrt((n - 1) / n) or 0.0
  end
  for i, percent in ipairs(percents) do
    found.percentiles[i] = { percent = percent, value = quantile.linear(values, percent / 100) }
  end
  return found
end

local function values_of(rows)
  local values = { ttft = {}, tpot = {}, itl = {}, e2el = {}, client_queue_time = {}, e2el_including_client_queue = {} }
  for _, row in ipairs(rows) do
    if row.outcome == "ok" then
      values.ttft[#values.ttft + 1] = row.ttft_ms
      values.tpot[#values.tpot + 1] = row.tpot_ms
      values.e2el[#values.e2el + 1] = row.e2e_ms
      table.move(row.gaps, 1, #row.gaps, #values.itl + 1, values.itl)
      if row.wait_ms then -- what was planned
        table.insert(values.client_queue_time, row.wait_ms)
        table.insert(values.e2el_including_client_queue, row.e2e_ms and row.e2e_ms + row.wait_ms)
      end
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
  local rows = ask.rows("report/vllm_requests", run_row.run, group.backend, group.call, group.label, group.phase)
  read_chunks(run_row.run, group, rows)
  local sum = sums(rows)
  local backend = lists.find(ask.rows("report/backends", run_row.run), "backend", group.backend)
  local phase = group.phase and ask.row("report/phases", run_row.run, group.phase)
  local seconds = (sum.last - (phase and phase.started_ms or sum.first)) / 1000
  local percents = lists.map(list_of(options.metric_percentiles, "99"), tonumber)
  local good_requests = good(rows, list_of(options.goodput, ""))
  local result = { run = run_row, group = group, rows = rows, model = backend and backend.model,
    rate = asked_of(phase, options), burstiness = (tonumber(options.burstiness) or 1) + 0.0,
    max_concurrency = at_most(options), ramp = ramp_of(options), metadata = list_of(options.metadata, ""),
    detailed = options.save_detailed == true,
    chosen = list_of(options.percentile_metrics, "ttft,tpot,itl"), sum = sum, seconds = seconds,
    goodput = good_requests and good_requests / seconds, output_rate = sum.output and sum.output / seconds,
    total_rate = sum.input and sum.output and (sum.input + sum.output) / seconds, statistics = {} }
  result.peak_tokens, result.peak_requests = peaks(rows, sum.first)
  for name, values in pairs(values_of(rows)) do
    result.statistics[name] = statistics(values, percents)
  end
  return result
end

-- A list of results, one for each backend, call, label and phase of the run that asked for answers.
function vllm.read(run)
  local run_row = ask.row("report/run_shown", run)
  local results = {}
  for _, group in ipairs(ask.rows("report/groups", run)) do
    if group.call == "chat" or group.call == "complete" then
      results[#results + 1] = result_of(run_row, group)
    end
  end
  return results
end

return vllm
