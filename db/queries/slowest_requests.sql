-- Which requests of the last run took longest, and where did the time go?
SELECT seq, phase_kind, backend, call, label, outcome,
  round(e2e_ms, 1) AS e2e_ms,
  round(wait_ms, 1) AS wait_ms,
  round(connect_ms, 1) AS connect_ms,
  round(server_load_ms, 1) AS server_load_ms,
  round(server_queue_ms, 1) AS server_queue_ms,
  round(ttft_ms, 1) AS ttft_ms,
  round(e2e_ms - ttft_ms, 1) AS decode_ms,
  round(icl_max_ms, 1) AS longest_gap_ms,
  output_tokens, flags
FROM request_metrics
WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
  AND e2e_ms IS NOT NULL
ORDER BY e2e_ms DESC
LIMIT 20;
