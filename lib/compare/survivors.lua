-- What failed, was cancelled or turned away has no latency. A side that lost more of its requests than the other one
-- may be quick for that alone: a verdict must hold, too, where all that it lost beyond the other was its slow part. So
-- it must of answers that were as long as the other's, and of tokens that one source counted.
local counts = require "compare.counts"
local lengths = require "compare.lengths"
local verdict = require "compare.verdict"
local work = require "compare.work"

local survivors = {}

local ROUNDING = 1e-9 -- a tie that is worked out in two ways ends beside 1
local REASON = "it hangs on what did not end ok, which may have been the slow part"

local function lost(group)
  local all = group.work.finished + group.work.cancelled + group.dropped
  return 1 - group.work.ok / all
end

-- The share of its requests that a side lost, of those that the other did not lose as well.
local function excess(group, other)
  local share, others = lost(group), lost(other)
  return others < 1 and math.max(0, (share - others) / (1 - others)) or 0
end

-- How many times worse a percentile is where what is lost was worse than all that is left.
local function worst(line, group, p, share)
  local place = p / (1 - share)
  if share == 0 or place >= 1 then
    return share == 0 and 1 or math.huge
  elseif line.better == "higher" then
    local found = group.counted:quantiles(line.metric, { 1 - p, 1 - place })
    return found[1] / found[2]
  end
  local found = group.counted:quantiles(line.metric, { p, place })
  return found[2] / found[1]
end

-- base, new: groups; p: of the line's percentile; margin: of "equal". The line gets base_worst and new_worst (factors,
-- 1 where nothing more was lost, answers are as long and counted alike), and where its verdict hangs on these none.
function survivors.judge(line, base, new, p, margin)
  if not line.low then
    return line
  end
  local longer, shorter = lengths.worst(line, lengths.medians(base.work, new.work, work.is_mixed(base.work, new.work)))
  local fewer, more = counts.worst(line, base.work, new.work)
  line.base_worst = longer * fewer * worst(line, base, p, excess(base, new))
  line.new_worst = shorter * more * worst(line, new, p, excess(new, base))
  if line.base_worst * line.new_worst == 1 then
    return line
  end
  local least, most = verdict.worsening(line)
  line.within = least > 1 / (1 + margin) and most < 1 + margin
  line.equals = line.equals and line.within
  local claim = verdict.meaning(line) or line.verdict
  if claim == "better" and most > 1 - ROUNDING or claim == "worse" and least < 1 + ROUNDING
    or claim == "equal" and not line.within then
    line.verdict, line.reason = "cannot tell", fewer * more ~= 1 and counts.REASON
      or longer * shorter ~= 1 and lengths.REASON or REASON
  end
  return line
end

return survivors
