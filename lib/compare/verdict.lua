-- Verdicts in words, and what they mean for a regression. Pure.
local verdict = {}

local speed = {
  lower = { lower = "faster", higher = "slower" },
  higher = { lower = "slower", higher = "faster" },
  neither = { lower = "lower", higher = "higher" },
}
local quality = { lower = "better", higher = "worse" }

-- 0.05 as "5 %".
function verdict.percent(share)
  return ("%s %%"):format((("%.1f"):format(100 * share):gsub("%.0$", "")))
end

local function meaning_of(line, word)
  if line.better == "neither" or word ~= "lower" and word ~= "higher" then
    return nil
  end
  return word == line.better and "better" or "worse"
end

-- "better", "worse", or nil: no difference, or none that is known to be either.
function verdict.meaning(line)
  return meaning_of(line, line.verdict)
end

-- Which way a difference goes that is sure, and too small to matter: "faster", "worse"; nil where there is none.
function verdict.direction(line)
  if line.statistic == "share" or line.own then
    return meaning_of(line, line.sure) or line.sure
  end
  return line.sure and speed[line.nameless and "neither" or line.better][line.sure]
end

-- nil where there is nothing to judge.
function verdict.words(line, margin)
  if line.verdict == "equal" then
    return line.statistic == "share" and line.reason and "equal (" .. line.reason .. ")"
      or "equal within " .. verdict.percent(math.max(margin, line.floor or 0))
  elseif line.verdict == "drift" then
    return "cannot tell: drift"
  elseif line.statistic == "share" then
    return quality[line.verdict] or line.verdict
  end
  if line.own and line.better ~= "neither" then
    return verdict.meaning(line) or line.verdict
  end
  -- who is faster nobody can say of servers that nothing is known about
  local words = speed[line.nameless and "neither" or line.better]
  return line.verdict and words[line.verdict] or line.verdict
end

-- How much worse it may be: two factors, the least and the most of the interval and of what was lost
-- (lib/compare/survivors.lua); nil where there is none.
function verdict.worsening(line)
  if not line.low then
    return nil
  end
  local least, most = line.low, line.high
  if line.better == "higher" then
    least, most = 1 / line.high, line.low > 0 and 1 / line.low or math.huge
  end
  return least / (line.base_worst or 1), most * (line.new_worst or 1)
end

local function is_worse(line)
  return meaning_of(line, line.sure or line.verdict) == "worse"
end

local function share_regression(line, limit)
  if is_worse(line) then
    local least = verdict.worsening(line)
    return (not least or least > 1 + limit) and "regressed" or "unknown"
  end
  return line.verdict == "cannot tell" and line.new > line.base and not verdict.is_extra(line) and "unknown" or "fine"
end

-- What is said behind the metric of a line: " p95", "" of one that is of no percentile but the median.
function verdict.percentile(line)
  return line.statistic:find "^p9" and " " .. line.statistic or ""
end

-- Whether a line can show a regression, and that it cannot tell is no news: a percentile; and who left or was cut off,
-- on whom the verdicts of the others hang.
function verdict.is_extra(line)
  return verdict.percentile(line) ~= "" or line.metric == "unfinished"
end

-- Has this line become worse by more than `limit` (a share)? "regressed": surely; "fine": surely not; else
-- "unknown".
function verdict.regression(line, limit)
  if line.better == "neither" or line.base == nil then
    return "fine"
  elseif line.statistic == "share" then
    return share_regression(line, limit)
  end
  local least, most = verdict.worsening(line)
  if least and least > 1 + limit and is_worse(line) then
    return "regressed"
  elseif most and most <= 1 + limit or line.verdict == "equal" and not least or verdict.is_extra(line) then
    return "fine"
  end
  return "unknown"
end

return verdict
