-- How long did each backend of the last run take: first token, token after token, whole answer?
SELECT backend, call, label, phase, metric, unit, n, missing,
  round(p50, 2) AS p50, round(p90, 2) AS p90, round(p99, 2) AS p99, round(max, 2) AS max
FROM run_summary
WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
  AND metric IN ('ttft', 'tpot', 'icl', 'e2e') AND n > 0
ORDER BY metric, backend, call, label, phase;
