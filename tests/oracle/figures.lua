-- Statistics by their textbook definitions, and what two numbers may be apart.
local figures = {}

-- NumPy's default: linear between the two neighbours.
function figures.quantile(values, p)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local at = p * (#sorted - 1)
  local below = math.floor(at)
  local low, high = sorted[below + 1], sorted[math.min(below + 2, #sorted)]
  return low and low + (high - low) * (at - below)
end

function figures.sum(values)
  local sum = 0
  for _, value in ipairs(values) do
    sum = sum + value
  end
  return sum
end

local function mean(values)
  return #values > 0 and figures.sum(values) / #values or nil
end

-- With n - 1; nil for fewer than two.
local function deviation(values)
  local middle, squares = mean(values), 0
  for _, value in ipairs(values) do
    squares = squares + (value - middle) ^ 2
  end
  return #values > 1 and math.sqrt(squares / (#values - 1)) or nil
end

-- n, mean, stddev, min, p50, p90, p95, p99, max
function figures.of(values)
  local found = { n = #values, mean = mean(values), stddev = deviation(values) }
  for name, p in pairs { min = 0, p50 = 0.5, p90 = 0.9, p95 = 0.95, p99 = 0.99, max = 1 } do
    found[name] = figures.quantile(values, p)
  end
  return found
end

figures.names = { "n", "mean", "stddev", "min", "p50", "p90", "p95", "p99", "max" }

-- Equal but for what sums of doubles lose, or for `slack`.
function figures.same(a, b, slack)
  if a == nil or b == nil then
    return a == b
  end
  return math.abs(a - b) <= (slack or 0) + 1e-9 * math.max(1, math.abs(a), math.abs(b))
end

return figures
