-- What AIPerf's and genai-perf's aggregated exports share: each metric is an object with a unit and
-- statistics under the names avg, std, min, p1 ... p99, max.
local lists = require "bench.lists"

local exported = {}

local kept = { { "avg", "mean" }, { "std", "stddev" }, { "min", "min" }, { "p50", "p50" }, { "p90", "p90" },
  { "p95", "p95" }, { "p99", "p99" }, { "max", "max" }, { "count", "n" } }

function exported.is_metric(value)
  return type(value) == "table" and type(value.unit) == "string"
    and (math.type(value.avg) ~= nil or math.type(value.p50) ~= nil)
end

-- One metric as a row, or as a number where there is but one value.
function exported.take(run, place, name, object)
  local values, statistics = {}, 0
  for _, pair in ipairs(kept) do
    if math.type(object[pair[1]]) then
      values[pair[2]] = object[pair[1]]
      statistics = statistics + 1
    end
  end
  if statistics == 1 and values.mean then
    run:value(name, values.mean, object.unit, place.label)
  else
    run:summary(place, name, object.unit, values)
  end
  for _, other in ipairs(lists.names(object)) do
    if other:find "^p%d" and not values[other] then
      run:leave "percentiles other than 50, 90, 95 and 99"
    elseif other == "sum" then
      run:leave "sums"
    end
  end
end

return exported
