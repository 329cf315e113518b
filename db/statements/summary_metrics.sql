-- The script's own numbers of run ?1, those of warm-ups and cold starts left out, by group and
-- name.
SELECT r.backend, r.call, coalesce(metric.label, r.label) AS label, r.phase, metric.name,
  metric.unit, metric.value
FROM metric
LEFT JOIN request AS r ON r.run = metric.run AND r.seq = metric.seq
WHERE metric.run = ?1
  AND (metric.seq IS NULL OR (r.phase_kind = 'measure' AND r.cold_start IS NOT 1))
ORDER BY r.backend, r.call, coalesce(metric.label, r.label), r.phase, metric.name, metric.unit;
