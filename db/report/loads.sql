-- What did each load of run ?1 achieve, per second, and how long did answers take (ms)? One row for each phase
-- and backend.
SELECT phases.phase, phases.label, phases.achieved_rate AS rate, s.backend, s.metric, s.p50, s.p95
FROM phases
JOIN run_summary AS s ON s.run = ?1 AND s.phase = phases.phase AND s.metric IN ('ttft', 'e2e')
WHERE phases.run = ?1 AND phases.achieved_rate IS NOT NULL
ORDER BY s.backend, phases.achieved_rate;
