-- Which runs are there, the newest first? ?1 scenario, ?2 label, ?3 earliest start (UTC), ?4 one of its backends:
-- each may be null. ?5 how many at most, or null.
SELECT run, started_at, scenario,
  (SELECT group_concat(backend, ', ') FROM backends WHERE backends.run = runs.run) AS backends,
  requests, ok, failed, label, status, simulated, imported, duration_s
FROM runs
WHERE (?1 IS NULL OR scenario = ?1) AND (?2 IS NULL OR label = ?2) AND (?3 IS NULL OR started_at >= ?3)
  AND (?4 IS NULL OR EXISTS (SELECT 1 FROM backends WHERE backends.run = runs.run AND backends.backend = ?4))
ORDER BY run DESC LIMIT coalesce(?5, -1);
