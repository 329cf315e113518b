-- Where different sources counted the tokens of the two sides, what rests on the count may differ by that alone. Pure.
local counts = {}

counts.REASON = "it hangs on who counted the tokens"

-- How many times as much text the new side has.
local function text_ratio(base, new)
  local a, b = base.chars_median or 0, new.chars_median or 0
  return a > 0 and b > 0 and b / a or 1
end

-- How many times as many tokens, or gaps between them, the new side has for as much text; 1 where the line rests on no
-- count, or one source counted both.
local function ratio(line, base, new)
  local a, b = base.tokens_median, new.tokens_median
  local first = line.metric == "tokens_per_s" and 0 or 1 -- which no gap is before
  if not (line.mixed_tokens and a and b) or math.min(a, b) <= first then
    return 1
  end
  return (b - first) / (a - first) / text_ratio(base, new)
end

-- Two factors: how many times better and how many times worse a line may be had one source counted both. base, new: the
-- work of two groups (lib/compare/reduce.lua).
function counts.worst(line, base, new)
  local more = ratio(line, base, new)
  return math.max(1, 1 / more), math.max(1, more)
end

return counts
