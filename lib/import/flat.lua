-- Statistics as the names of one flat object have them: mean_ttft_ms, median_ttft_ms, std_ttft_ms, p99_ttft_ms.
local lists = require "bench.lists"
local statistics = require "import.statistics"

local flat = {}

local printed = { min = true, p50 = true, p90 = true, p95 = true, p99 = true, max = true } -- as columns are called

-- What it has means of, sorted.
function flat.metrics(object)
  local metrics = {}
  for _, name in ipairs(lists.names(object)) do
    metrics[#metrics + 1] = name:match "^mean_(.+)_ms$"
  end
  return metrics
end

-- One metric as one row, other percentiles as numbers. n: of how many, where that is known; list: the values, where
-- the file holds them, of which a percentile is taken that the tool did not print.
function flat.take(run, result, place, metric, n, list)
  local values = { n = n, mean = result:number("mean_" .. metric .. "_ms"),
    stddev = result:number("std_" .. metric .. "_ms"), p50 = result:number("median_" .. metric .. "_ms") }
  if not values.mean then
    return
  end
  for _, name in ipairs(lists.names(result.object)) do
    local before, after = name:find("_" .. metric .. "_ms", 1, true)
    local statistic = after == #name and name:sub(1, before - 1) or ""
    if printed[statistic] then
      values[statistic] = result:number(name)
    elseif statistic:find "^p[%d%.]+$" then
      run:value(metric .. "_" .. statistic, result:number(name), "ms", place.label)
    end
  end
  run:summary(place, metric, "ms", statistics.fill(values, list))
end

return flat
