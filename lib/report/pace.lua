-- Rules that ask whether the client kept its own pace. Each is a rule as in report.rules, whose table takes them in.
local number = require "report.number"
local rule = require "report.rule"

local LATE_MS, LATE_SHARE, LATE_LEAST = 10, 0.05, 100 -- as bench.driver flags it; fewer starts say nothing

-- What helps a client that was saturated: nothing that its script has no use for.
local function relief(facts)
  return (facts.listens and "Do less in on_token. " or "")
    .. (facts.has_loads and "Share the load where cores are free (--workers 2). " or "")
    .. "Leave a core to it (taskset; in a container, a higher limit of CPU), or run bench on another machine than the "
    .. "server."
end

-- Phases of run ?1 whose starts were late by our own fault: no number of theirs is certain.
local plans_not_kept = ([[SELECT p.* FROM phases AS p JOIN request_metrics AS r ON r.run = p.run AND r.phase = p.phase
  WHERE p.run = ?1 AND r.phase_kind = 'measure' AND r.sched_ms IS NOT NULL AND r.outcome <> 'dropped'
  GROUP BY p.phase HAVING count(*) >= %d AND sum(r.flags LIKE '%%late%%') > %g * count(*)]]):format(LATE_LEAST,
  LATE_SHARE)

return {
  { code = "client_saturated",
    sql = "SELECT 1 FROM loop_health WHERE run = ?1",
    accept = function(row, facts, query)
      row.reasons = rule.saturation(query, facts.run)
      return #row.reasons > 0
    end,
    say = function(row, facts)
      return ("The client was saturated: %s. Arrival times by the kernel stay right; sends may be late. %s"):format(
        table.concat(row.reasons, ", "), relief(facts))
    end },

  { code = "priority_lost",
    sql = "SELECT 1 AS n FROM loop_health WHERE run = ?1 AND priority = 'lost'",
    say = function()
      return "The client computed for half a second without a wait and lost the real-time priority that --priority "
        .. "had given to it: sends after that were on time only as far as a core was free."
    end },

  { code = "nothing_measured",
    -- what is summed up was measured
    may = [[SELECT 1 FROM phase WHERE run = ?1
      AND number NOT IN (SELECT phase FROM summary WHERE run = ?1 AND phase IS NOT NULL)]],
    sql = [[SELECT p.label, count(r.id) AS n, p.t_ended - p.t_started AS ns
      FROM phase AS p LEFT JOIN request AS r ON r.run = p.run AND r.phase = p.number
      WHERE p.run = ?1 AND p.kind IS NOT 'warm-up'
        AND NOT EXISTS (SELECT 1 FROM warning WHERE run = ?1 AND code = 'load_cut')
      GROUP BY p.number HAVING max(coalesce(r.phase_kind, '') = 'measure') = 0 AND (n > 0 OR p.achieved_rate = 0)]],
    say = function(row)
      local length = (row.ns or 0) > 0 and (" of %.3g s"):format(row.ns / 1e9) or ""
      if row.n == 0 then
        return ("Load %s measured nothing: nobody came in its window%s. Measure for longer."):format(row.label, length)
      end
      return ("Load %s measured nothing: %s before or after its window%s. Shorten warm_up, or measure for longer.")
        :format(row.label, row.n == 1 and "its one request was" or ("all of its %d requests were"):format(row.n),
        length)
    end },

  { code = "dropped",
    may = "SELECT 1 FROM phase WHERE run = ?1 AND dropped IS NOT 0",
    sql = [[SELECT p.label, sum(r.outcome = 'dropped') AS n, count(*) AS total,
      group_concat(DISTINCT CASE WHEN r.outcome = 'dropped' THEN r.error_message END) AS words
      FROM phase AS p JOIN request AS r ON r.run = p.run AND r.phase = p.number
      WHERE p.run = ?1 AND p.dropped IS NOT 0 AND r.phase_kind = 'measure'
      GROUP BY p.number HAVING sum(r.outcome = 'dropped') > 0]],
    say = function(row)
      return ("%s of %s never began (%s): they have no latency and would have had the longest. goodput and errors "
        .. "count them."):format(rule.share(row, "arrivals"), row.label, row.words)
    end },

  { code = "late",
    share = "flags LIKE '%late%'",
    say = function(row)
      return ("%s began later than planned by the client's own fault; the wait is part of their latency from the "
        .. "schedule."):format(rule.share(row, "requests to " .. row.backend))
    end },

  { code = "plan_not_kept",
    any = "flags LIKE '%late%'",
    sql = [[SELECT count(*) AS n, group_concat(label, ', ') AS labels, min(asked_rate) AS asked_rate,
      min(achieved_rate) AS achieved_rate FROM (]] .. plans_not_kept .. ")",
    accept = function(row)
      return row.n > 0
    end,
    say = function(row)
      local rates = row.n == 1 and (" (asked %s/s, achieved %s/s)"):format(number.short(row.asked_rate),
        number.short(row.achieved_rate)) or ""
      return ("The client could not keep the plan of %s: more than %d %% of the visits began %d ms late or more%s. "
        .. "Nothing said about the server here is certain. Ask for less, or share it where cores are free (--workers "
        .. "2)."):format(row.labels, 100 * LATE_SHARE, LATE_MS, rates)
    end },
}
