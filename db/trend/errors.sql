-- Which share (in %) of the requests of scenario ?1 failed, run by run? Rows and ?3..?5 as in values.sql; ?2 is
-- not used. Arrivals that a load turned away failed; cancelled requests, and those that the end of a run or load cut
-- off, are left out.
SELECT runs.run, runs.started_at, runs.status, runs.simulated, runs.imported, r.backend, r.call, r.label,
  coalesce(phases.label, phases.arrivals) AS phase, 'errors' AS metric, '%' AS unit,
  count(*) + coalesce(phases.dropped, 0) AS n,
  100.0 * (sum(r.outcome <> 'ok') + coalesce(phases.dropped, 0)) / (count(*) + coalesce(phases.dropped, 0)) AS mean
FROM runs
JOIN request_metrics AS r ON r.run = runs.run
LEFT JOIN phases ON phases.run = r.run AND phases.phase = r.phase
WHERE runs.scenario = ?1 AND (?2 IS NULL OR ?2 = 'errors') AND runs.status <> 'running'
  AND r.phase_kind = 'measure' AND r.backend IS NOT NULL AND r.outcome NOT IN ('cancelled', 'incomplete')
  AND (?3 IS NULL OR r.backend = ?3) AND (?4 IS NULL OR runs.label = ?4)
  AND (?5 IS NULL OR runs.started_at >= ?5)
GROUP BY runs.run, r.backend, r.call, r.label, r.phase
ORDER BY runs.started_at, runs.run;
