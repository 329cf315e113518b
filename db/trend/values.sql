-- How did metric ?2 of scenario ?1 go, run by run? One row for each backend, call, label and phase of a run that
-- ended; ?3 backend, ?4 label of the run, ?5 earliest start (UTC): each may be null.
SELECT runs.run, runs.started_at, runs.status, runs.simulated, runs.imported, s.backend, s.call, s.label,
  coalesce(phases.label, phases.arrivals) AS phase, s.phase AS phase_number, s.unit, s.n, s.mean, s.stddev,
  s.min, s.p50, s.p90, s.p95, s.p99, s.max
FROM runs
CROSS JOIN run_summary AS s ON s.run = runs.run
LEFT JOIN phases ON phases.run = s.run AND phases.phase = s.phase
WHERE runs.scenario = ?1 AND s.metric = ?2
  AND (?3 IS NULL OR s.backend = ?3) AND (?4 IS NULL OR runs.label = ?4)
  AND (?5 IS NULL OR runs.started_at >= ?5)
ORDER BY runs.started_at, runs.run;
