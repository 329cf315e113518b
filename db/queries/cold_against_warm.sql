-- What does a cold start cost, by backend, over all runs?
SELECT backend,
  CASE cold_start WHEN 1 THEN 'cold' ELSE 'warm' END AS start,
  count(*) AS requests,
  round(avg(ttft_ms), 1) AS ttft_ms,
  round(avg(server_load_ms), 1) AS server_load_ms,
  round(max(server_load_ms), 1) AS longest_load_ms
FROM request_metrics
WHERE outcome = 'ok' AND cold_start IS NOT NULL
GROUP BY backend, cold_start
ORDER BY backend, cold_start DESC;
