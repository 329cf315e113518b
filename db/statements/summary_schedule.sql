-- What did users of run ?1 wait who came when the plan said? Counted from the planned time, for the
-- same requests as summary_requests; those without a plan have no row.
WITH planned AS (
  SELECT r.backend, m.call, m.label, m.phase, m.wait_ms, m.ttft_ms, m.e2e_ms
  FROM request_metrics AS m
  JOIN request AS r ON r.id = m.request
  WHERE m.run = ?1 AND m.phase_kind = 'measure' AND m.outcome = 'ok' AND m.cold_start IS NOT 1
    AND m.wait_ms IS NOT NULL
)
SELECT backend, call, label, phase, name, 'ms' AS unit,
  wait_ms + CASE name WHEN 'e2e_sched' THEN e2e_ms WHEN 'ttft_sched' THEN ttft_ms ELSE 0 END AS value
FROM planned
CROSS JOIN (SELECT 'e2e_sched' AS name UNION ALL SELECT 'ttft_sched' UNION ALL SELECT 'wait')
ORDER BY 1, 2, 3, 4, 5, 6;
