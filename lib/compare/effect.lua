-- Two series of block values -> is there a difference, how big, and how sure. The verdict is C's
-- (base/verdict.h); here it is given what it needs and turned the right way round.
local lists = require "bench.lists"
local stats = require "core.stats"

local effect = {}

local FEW = 6 -- blocks below which only a complete separation of shares counts

local turned = { lower = "higher", higher = "lower" }

local function all_equal(a, b)
  for _, list in ipairs { a, b } do
    for _, value in ipairs(list) do
      if value ~= a[1] then
        return false
      end
    end
  end
  return true
end

local function logs(list)
  local out = {}
  for i, value in ipairs(list) do
    if value <= 0 then
      return nil
    end
    out[i] = math.log(value)
  end
  return out
end

local function inverse(result)
  result.verdict = turned[result.verdict] or result.verdict
  result.ratio = result.ratio and 1 / result.ratio
  if result.low then
    result.low, result.high = 1 / result.high, 1 / result.low
  end
  result.base_drift, result.new_drift = result.new_drift, result.base_drift
  return result
end

local DOUBTED = "apart, but a drift too small to be seen could have made it"
local HARDLY = "apart, but no further than two measurements of one thing may be"

-- Says of a result that cannot tell why an interval that leaves 1 out is not enough.
function effect.explain(result)
  if result.verdict == "cannot tell" and result.low and (result.low > 1 or result.high < 1) then
    result.reason = result.doubted and DOUBTED or HARDLY
  end
  return result
end

-- base, new: block values; how: "paired" (one pair a block), "sequential" (base came first) or "reversed" (new
-- came first); settings: { margin, floor }. -> { verdict, ratio, low, high, p, needed, ranked, doubted,
-- base_drift, new_drift, reason }; what does not exist is nil.
function effect.of(base, new, how, settings)
  local a, b = logs(base), logs(new)
  if not (a and b) then
    if #base > 0 and #new > 0 and all_equal(base, new) then
      return { verdict = "equal", p = 1 }
    end
    return { verdict = "cannot tell", reason = "no ratio of values at or below zero", p = 1 }
  elseif how == "paired" then
    return effect.explain(stats.paired(a, b, settings))
  elseif how == "reversed" then
    return effect.explain(inverse(stats.sequential(b, a, settings)))
  end
  return effect.explain(stats.sequential(a, b, settings))
end

local function extremes(list)
  return math.min(table.unpack(list)), math.max(table.unpack(list))
end

-- Whether the blocks by themselves say so, too: by rank, or, where there are few, without one exception.
local function blocks_agree(base, new)
  if #base >= FEW and #new >= FEW then
    return stats.mann_whitney(base, new) < 0.05
  elseif #base < 2 or #new < 2 then
    return false
  end
  local base_least, base_most = extremes(base)
  local new_least, new_most = extremes(new)
  return base_most < new_least or new_most < base_least
end

-- Whether even the far ends of both shares are less than the margin (in points) apart.
local function are_within(base, new, margin)
  local base_low, base_high = stats.share(base.hits, base.count)
  local new_low, new_high = stats.share(new.hits, new.count)
  return new_high - base_low < margin and base_high - new_low < margin
end

-- Shares (errors, unfinished): base and new are { hits, count, blocks = shares of the blocks }. The ratio has the
-- interval of a score test; a difference must be one for Fisher's test and for the blocks.
function effect.shares(base, new, settings)
  local result = stats.shares(base.hits, base.count, new.hits, new.count)
  local change = new.hits / new.count - base.hits / base.count
  result.within = are_within(base, new, settings.margin)
  if base.hits == 0 and new.hits == 0 then
    result.verdict, result.reason = "equal", "none"
  elseif base.hits == base.count and new.hits == new.count then
    result.verdict, result.reason = "equal", "all"
  elseif result.p < 0.05 and blocks_agree(base.blocks, new.blocks) and change ~= 0 then
    result.verdict = change < 0 and "lower" or "higher"
  else
    result.verdict = result.within and "equal" or "cannot tell"
  end
  return effect.explain(result)
end

-- Where somebody said which difference does not matter: what lies within it, interval and all, is called equal, and
-- `sure` keeps which way a sure difference goes; what a drift made doubtful is equal where it is so beyond the drift.
function effect.disregard(result, margin)
  local within = result.within
  if within == nil then
    within = result.low ~= nil and result.low > 1 / (1 + margin) and result.high < 1 + margin
  end
  if within and turned[result.verdict] then
    result.verdict, result.sure = "equal", result.verdict
  elseif within and result.equals then
    result.verdict, result.needed, result.reason = "equal", nil, nil
  end
end

-- Holm's correction over results that answer one question for several groups: what does not survive it cannot
-- be told.
function effect.correct(results)
  for i, adjusted in ipairs(stats.holm(lists.column(results, "p"))) do
    local result = results[i]
    result.p_adjusted = adjusted
    if turned[result.verdict] and adjusted >= 0.05 then
      result.verdict, result.reason = "cannot tell",
        "sure by itself, not as one of several comparisons (repeat more often)"
    end
  end
end

return effect
