-- Statistics as the names of one flat object have them: mean_ttft_ms, median_ttft_ms, std_ttft_ms, p99_ttft_ms.
local lists = require "bench.lists"
local statistics = require "import.statistics"

local flat = {}

local may_be_zero = { client_queue_time = true }
local printed = { min = true, p50 = true, p90 = true, p95 = true, p99 = true, max = true } -- as columns are called

-- What it has means of, sorted.
function flat.metrics(object)
  local metrics = {}
  for _, name in ipairs(lists.names(object)) do
    metrics[#metrics + 1] = name:match "^mean_(.+)_ms$"
  end
  return metrics
end

-- Of no answer, or of answers of one token, vLLM and SGLang write a time of 0.
local function is_of_nothing(metric, values)
  return values.mean == 0 and not may_be_zero[metric]
end

-- One metric as one row, other percentiles as numbers. n: of how many, where that is known; list: the values, where
-- the file holds them, of which a percentile is taken that the tool did not print.
function flat.take(run, result, place, metric, n, list)
  local values = { n = n, mean = result:number("mean_" .. metric .. "_ms"),
    stddev = result:number("std_" .. metric .. "_ms"), p50 = result:number("median_" .. metric .. "_ms") }
  if not values.mean then
    return
  end
  local is_none = is_of_nothing(metric, values)
  for _, name in ipairs(lists.names(result.object)) do
    local before, after = name:find("_" .. metric .. "_ms", 1, true)
    local statistic = after == #name and name:sub(1, before - 1) or ""
    if printed[statistic] then
      values[statistic] = result:number(name)
    elseif statistic:find "^p[%d%.]+$" then
      local value = result:number(name)
      run:value(metric .. "_" .. statistic, not is_none and value or nil, "ms", place.label)
    end
  end
  if is_none then
    run:leave(("%s of 0 ms, which stands for none"):format(metric))
    return
  end
  run:summary(place, metric, "ms", statistics.fill(values, list))
end

return flat
