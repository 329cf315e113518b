-- Answers of another length are other work: end to end and rates over it say so much less of the server. Pure.
local lengths = {}

lengths.REASON = "it hangs on the answers' length"

local APART = 1.1 -- times as long
local by_length = { e2e = true, e2e_sched = true, tokens_per_s = true, chars_per_s = true }

-- How long the answers of two groups are, by their `work`: medians of tokens (or nil), and the unit; characters where
-- different sources counted the tokens (mixed).
function lengths.medians(base, new, mixed)
  local a, b = base.chars_median or 0, new.chars_median or 0
  if mixed and a > 0 and b > 0 then
    return a, b, "characters"
  end
  return base.tokens_median, new.tokens_median, "tokens"
end

-- Whether a longer answer alone makes it another.
function lengths.matters(metric)
  return by_length[metric] == true
end

-- Of two medians (or nil) new / base where they are far apart, else 1.
function lengths.ratio(base, new)
  local are_apart = base and new and base > 0 and new > 0 and math.max(base, new) > APART * math.min(base, new)
  return are_apart and new / base or 1
end

-- Two factors: how many times better and how many times worse a line may be of answers of one length. Twice as many
-- tokens take at most twice as long, and come at most at twice the rate (what comes before the first is the same).
function lengths.worst(line, base_length, new_length)
  local ratio = by_length[line.metric] and lengths.ratio(base_length, new_length) or 1
  if (ratio > 1) == (line.better == "lower") then
    return math.max(ratio, 1 / ratio), 1
  end
  return 1, math.max(ratio, 1 / ratio)
end

return lengths
