-- What did the script itself measure in run ?1, value by value in their order, in which phase and round, and which way is
-- better? Of an imported run also what its tool tells of its requests: the median, else the mean, and p99, as one value
-- each.
SELECT name, unit, value, backend, label, phase, round, better
FROM (
  SELECT measurements.name, measurements.unit, measurements.value, request_metrics.backend,
    coalesce(measurements.label, request_metrics.label) AS label, request_metrics.phase, request_metrics.round,
    coalesce(own_metric.better, 'neither') AS better, measurements.t_ms AS place, 0 AS part
  FROM measurements
  LEFT JOIN request_metrics ON request_metrics.run = ?1 AND request_metrics.request = measurements.request
  LEFT JOIN own_metric ON own_metric.run = ?1 AND own_metric.name = measurements.name
  WHERE measurements.run = ?1 AND measurements.value IS NOT NULL
    AND coalesce(request_metrics.phase_kind, 'measure') = 'measure' AND request_metrics.cold_start IS NOT 1
  UNION ALL
  SELECT s.metric || iif(s.p50 IS NULL, ' mean', ' p50'), s.unit, coalesce(s.p50, s.mean), s.backend, s.label,
    s.phase, NULL, 'neither', NULL, 1
  FROM run_summary AS s JOIN runs ON runs.run = s.run
  WHERE s.run = ?1 AND runs.imported = 1 AND s.backend IS NOT NULL AND instr(s.metric, '.') > 0
    AND coalesce(s.p50, s.mean) IS NOT NULL
  UNION ALL
  SELECT s.metric || ' p99', s.unit, s.p99, s.backend, s.label, s.phase, NULL, 'neither', NULL, 2
  FROM run_summary AS s JOIN runs ON runs.run = s.run
  WHERE s.run = ?1 AND runs.imported = 1 AND s.backend IS NOT NULL AND instr(s.metric, '.') > 0
    AND s.p99 IS NOT NULL
)
ORDER BY part, place;
