-- A series as one line of bars.
local spark = {}

local bars = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local WIDEST = 40
local LEAST = 0.1 -- of the highest value: what varies by less does not reach from the lowest to the highest bar

-- The last values of a list of numbers; "" where there are fewer than two.
function spark.line(values)
  if #values < 2 then
    return ""
  end
  local first = math.max(1, #values - WIDEST + 1)
  local low, high = math.huge, -math.huge
  for i = first, #values do
    low, high = math.min(low, values[i]), math.max(high, values[i])
  end
  local span = math.max(high - low, LEAST * math.abs(high))
  local bottom = (low + high - span) / 2
  local line = {}
  for i = first, #values do
    local share = span > 0 and (values[i] - bottom) / span or 0.5
    line[#line + 1] = bars[1 + math.floor(share * (#bars - 1) + 0.5)]
  end
  return table.concat(line)
end

return spark
