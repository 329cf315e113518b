-- What did the script itself measure in run ?1, value by value in their order?
SELECT measurements.name, measurements.unit, measurements.value, request_metrics.backend,
  coalesce(measurements.label, request_metrics.label) AS label
FROM measurements
LEFT JOIN request_metrics ON request_metrics.run = ?1 AND request_metrics.request = measurements.request
WHERE measurements.run = ?1 AND measurements.value IS NOT NULL
  AND coalesce(request_metrics.phase_kind, 'measure') = 'measure'
ORDER BY measurements.t_ms;
