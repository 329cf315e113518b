-- Did the backends of the last run drift from round to round (heat, caches, other work; round 0 is the warm-up; without
-- cold starts)?
SELECT round, backend, call, label,
  count(*) AS requests,
  round(avg(ttft_ms), 1) AS ttft_ms,
  round(avg(tpot_ms), 2) AS tpot_ms,
  round(avg(e2e_ms), 1) AS e2e_ms,
  round(avg(decode_tps), 1) AS decode_tps
FROM request_metrics
WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
  AND outcome = 'ok' AND round IS NOT NULL AND cold_start IS NOT 1
GROUP BY backend, call, label, round
ORDER BY backend, call, label, round;
