-- benchmark_percentile.json and benchmark_summary.json of evalscope perf. To it the first token of any channel
-- (before 1.12 the first event of any kind) ends TTFT; a percentile is a value that occurred. Each name carries
-- its unit.
local dates = require "import.dates"
local lists = require "bench.lists"

local evalscope = { tool = "evalscope", prefix = "evalscope" }

local function is_percentiles(value)
  return type(value) == "table" and type(value[1]) == "table" and value[1].Percentiles ~= nil
end

local function is_summary(value)
  return type(value) == "table" and (value["Total requests"] or value["Total Requests"]) ~= nil
    and (value["Average latency (s)"] ~= nil or value["Avg Latency (s)"] ~= nil
      or value["Time taken for tests (s)"] ~= nil)
end

function evalscope.fits(file)
  return is_percentiles(file.json) or is_summary(file.json)
end

-- "TTFT (ms)" -> "TTFT", "ms"; "Input tokens" -> the same, "tokens"
local function parts_of(name)
  local word, unit = name:match "^(.-)%s*%(([^)]*)%)$"
  return word or name, unit or name:find "tokens$" and "tokens" or nil
end

local kept = { min = "min", ["50%"] = "p50", ["90%"] = "p90", ["95%"] = "p95", ["99%"] = "p99", max = "max" }

local function take_percentiles(run, place, rows)
  local metrics = {}
  for _, row in ipairs(rows) do
    row = type(row) == "table" and row or {}
    local column = kept[row.Percentiles]
    for name, value in pairs(row) do
      if name ~= "Percentiles" and math.type(value) and column then
        metrics[name] = metrics[name] or {}
        metrics[name][column] = value
      end
    end
    if not column then
      run:leave "percentiles other than 50, 90, 95 and 99"
    end
  end
  for _, name in ipairs(lists.names(metrics)) do
    local word, unit = parts_of(name)
    run:summary(place, word, unit, metrics[name])
  end
end

-- Where nothing was answered it writes -1 (times of -1 s), and of answers of one token a time of 0.
local function is_none(word, unit, value)
  local is_mean_time = (unit == "ms" or unit == "s") and word:find "^Av" and not word:find "[Oo]verhead$"
  return value < 0 or value == 0 and is_mean_time
end

local function take_summary(run, summary)
  for _, name in ipairs(lists.names(summary)) do
    local word, unit = parts_of(name)
    local value = summary[name]
    if not math.type(value) then
      run:leave(name)
    elseif not is_none(word, unit, value) then
      run:value(word, value, unit)
    elseif word:lower() ~= "request rate" then
      run:leave(("%s of %g, which stands for none"):format(name, value))
    end
  end
  run:lasted(summary["Time taken for tests (s)"] or summary["Test Duration (s)"])
end

-- How its requests came -> in words, and what it was told; without a rate it says -1.
local function loads_of(summary)
  local concurrency = summary.Concurrency or summary["Number of concurrency"]
  local rate = summary["Request Rate (req/s)"] or summary["Request rate (req/s)"]
  concurrency, rate = math.type(concurrency) and concurrency, math.type(rate) and rate > 0 and rate
  return lists.joined(", ", rate and "request rate " .. rate, concurrency and "concurrency " .. concurrency),
    { concurrency = concurrency or nil, request_rate = rate or nil }
end

function evalscope.take(file, run)
  local place = { backend = run:backend { kind = "openai" }, call = "chat" }
  place.phase = #run.phases + 1
  if is_percentiles(file.json) then
    take_percentiles(run, place, file.json)
  else
    take_summary(run, file.json)
  end
  local arrivals
  arrivals, run.options = loads_of(file.json)
  run:phase { arrivals = arrivals, seconds = run.duration, asked_rate = run.options.request_rate }
  dates.start(run)
end

return evalscope
