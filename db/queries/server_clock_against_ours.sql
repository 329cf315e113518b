-- Does the decode rate that we saw in the last run agree with the server's own clock?
SELECT backend, call,
  count(*) AS answers,
  round(avg(decode_tps), 2) AS ours_tps,
  round(avg(server_decode_tps), 2) AS server_tps,
  round(100 * (avg(decode_tps / server_decode_tps) - 1), 2) AS off_percent,
  round(avg(ttft_ms - coalesce(server_load_ms, 0) - coalesce(server_queue_ms, 0)
    - server_prefill_ms), 2) AS ttft_unexplained_ms
FROM request_metrics
WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
  AND outcome = 'ok' AND phase_kind = 'measure' AND output_tokens >= 32
  AND server_decode_tps IS NOT NULL AND decode_tps IS NOT NULL
GROUP BY backend, call
ORDER BY backend, call;
