-- What did each load of run ?1 achieve, per second, and how long did answers take (ms)? One row for each phase,
-- backend, call, label and metric: from the plan where there is one, since who waits for room is not seen from the send.
WITH told AS (
  SELECT phase, backend, call, label, metric, p50,
    max(metric) OVER (PARTITION BY phase, backend, call, label, replace(metric, '_sched', '')) AS wanted
  FROM run_summary
  WHERE run = ?1 AND n > 0 AND metric IN ('ttft', 'ttft_sched', 'e2e', 'e2e_sched')
)
SELECT phases.achieved_rate AS rate, told.backend, told.call, told.label, told.metric, told.p50
FROM told
JOIN phases ON phases.run = ?1 AND phases.phase = told.phase
WHERE told.metric = told.wanted AND phases.achieved_rate IS NOT NULL
ORDER BY told.backend, phases.achieved_rate, told.metric DESC;
