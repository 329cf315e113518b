-- Percentiles that a sample cannot support: of fewer values they have no upper bound at 95 %.
local lists = require "bench.lists"

local support = {}

support.least = { p90 = 29, p95 = 59, p99 = 299 }

-- "n too small for p95 (needs 59) and p99 of TPOT (needs 299)", of a list of { statistic, needed, metrics (those meant,
-- or nil) }; nil of an empty one. titles: of the metrics; what: of the percentiles, "an interval of ", or nil.
function support.words(small, titles, what)
  local words = lists.map(small, function(one)
    local of = one.metrics and " of " .. table.concat(lists.map(one.metrics, function(name)
      return titles[name]
    end), ", ") or ""
    return ("%s%s (needs %d)"):format(one.statistic, of, one.needed)
  end)
  return #words > 0 and "n too small for " .. (what or "") .. table.concat(words, " and ") or nil
end

-- The same of those of these statistics that n values cannot support.
function support.missing(n, statistics)
  local small = {}
  for _, statistic in ipairs(statistics) do
    local needed = support.least[statistic]
    small[#small + 1] = n < needed and { statistic = statistic, needed = needed } or nil
  end
  return support.words(small)
end

return support
