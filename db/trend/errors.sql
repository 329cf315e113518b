-- Which share (in %) of the requests of scenario ?1 failed, run by run? Rows and ?3..?5 as in values.sql; ?2 is
-- not used. Arrivals that a load turned away failed, by its rows, since a run that was cut short counted none; cancelled
-- requests, and those that the end of a run or load cut off, are left out. CROSS JOIN: from the runs to their rows, else
-- all that was ever asked is read.
WITH counted AS (
  SELECT runs.run, runs.started_at, runs.status, runs.simulated, runs.imported, r.backend, r.call, r.label, r.phase,
    r.outcome
  FROM runs
  CROSS JOIN request_metrics AS r ON r.run = runs.run
  WHERE runs.scenario = ?1 AND (?2 IS NULL OR ?2 = 'errors') AND runs.status <> 'running'
    AND r.phase_kind = 'measure' AND r.outcome NOT IN ('cancelled', 'incomplete')
    AND (?4 IS NULL OR runs.label = ?4) AND (?5 IS NULL OR runs.started_at >= ?5)
),
turned_away AS (
  SELECT run, phase, count(*) AS n FROM counted WHERE outcome = 'dropped' GROUP BY run, phase
)
SELECT c.run, c.started_at, c.status, c.simulated, c.imported, c.backend, c.call, c.label,
  coalesce(phases.label, phases.arrivals) AS phase, c.phase AS phase_number, '%' AS unit,
  count(*) + coalesce(turned_away.n, 0) AS n, sum(c.outcome <> 'ok') + coalesce(turned_away.n, 0) AS hits,
  100.0 * (sum(c.outcome <> 'ok') + coalesce(turned_away.n, 0)) / (count(*) + coalesce(turned_away.n, 0)) AS mean
FROM counted AS c
LEFT JOIN phases ON phases.run = c.run AND phases.phase = c.phase
LEFT JOIN turned_away ON turned_away.run = c.run AND turned_away.phase = c.phase
WHERE c.backend IS NOT NULL AND (?3 IS NULL OR c.backend = ?3)
GROUP BY c.run, c.backend, c.call, c.label, c.phase
ORDER BY c.started_at, c.run;
