-- What did each load of run ?1 achieve, per second, and how long did answers take (ms)? One row for each phase,
-- backend, call, label and metric: from the plan where there is one, since who waits for room is not seen from the send.
SELECT phases.achieved_rate AS rate, s.backend, s.call, s.label, s.metric, s.p50
FROM phases
JOIN run_summary AS s ON s.run = ?1 AND s.phase = phases.phase AND s.n > 0
  AND s.metric IN ('ttft', 'ttft_sched', 'e2e', 'e2e_sched')
WHERE phases.run = ?1 AND phases.achieved_rate IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM run_summary AS planned
    WHERE planned.run = ?1 AND planned.phase = s.phase AND planned.backend = s.backend AND planned.call IS s.call
      AND planned.label IS s.label AND planned.metric = s.metric || '_sched' AND planned.n > 0)
ORDER BY s.backend, phases.achieved_rate;
