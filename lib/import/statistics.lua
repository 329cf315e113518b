-- A list of numbers as the tools that are written in Python sum it up: NumPy's percentiles, deviations over n.
local quantile = require "core.quantile"

local statistics = {}

local shares = { min = 0, p50 = 0.5, p90 = 0.9, p95 = 0.95, p99 = 0.99, max = 1 }

-- Fills the percentiles that a row for document:summary lacks from its values.
function statistics.fill(row, list)
  for name, share in pairs(shares) do
    row[name] = row[name] or quantile.linear(list, share)
  end
  return row
end

-- -> a row for document:summary; empty where the list is
function statistics.of(list)
  local values, sum, square = {}, 0, 0
  if #list == 0 then
    return values
  end
  for _, value in ipairs(list) do
    sum = sum + value
  end
  values.n, values.mean = #list, sum / #list
  for _, value in ipairs(list) do
    square = square + (value - values.mean) ^ 2
  end
  values.stddev = math.sqrt(square / #list)
  return statistics.fill(values, list)
end

return statistics
