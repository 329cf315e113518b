-- What does a cold start cost, by backend, model and call, over all runs?
SELECT m.backend, b.kind, b.model, b.quantization, m.call,
  CASE m.cold_start WHEN 1 THEN 'cold' ELSE 'warm' END AS start,
  count(*) AS requests,
  round(avg(m.ttft_ms), 1) AS ttft_ms,
  round(avg(m.server_load_ms), 1) AS server_load_ms,
  round(max(m.server_load_ms), 1) AS longest_load_ms
FROM request_metrics AS m
JOIN backends AS b ON b.run = m.run AND b.backend = m.backend
WHERE m.outcome = 'ok' AND m.cold_start IS NOT NULL
GROUP BY m.backend, b.kind, b.model, b.quantization, m.call, m.cold_start
ORDER BY m.backend, b.kind, b.model, b.quantization, m.call, m.cold_start DESC;
