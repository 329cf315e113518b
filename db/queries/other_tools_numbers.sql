-- What would other tools have printed for the last run (mean ms per request)?
WITH told (tool, run, backend, ttft_ms, e2e_ms, tpot_ms) AS (
  SELECT 'bench', run, backend, ttft_ms, e2e_ms, tpot_ms FROM request_metrics WHERE outcome = 'ok'
  UNION ALL SELECT 'vllm bench', run, backend, ttft_ms, e2e_ms, tpot_ms FROM as_vllm
  UNION ALL SELECT 'aiperf', run, backend, ttft_ms, e2e_ms, tpot_ms FROM as_aiperf
  UNION ALL SELECT 'guidellm', run, backend, ttft_ms, e2e_ms, tpot_ms FROM as_guidellm
  UNION ALL SELECT 'sglang', run, backend, ttft_ms, e2e_ms, tpot_ms FROM as_sglang
  UNION ALL SELECT 'genai-bench', run, backend, ttft_ms, e2e_ms, tpot_ms FROM as_genai_bench
  UNION ALL SELECT 'evalscope', run, backend, ttft_ms, e2e_ms, tpot_ms FROM as_evalscope
)
SELECT backend, tool, count(*) AS requests,
  round(avg(ttft_ms), 2) AS ttft_ms,
  round(avg(e2e_ms), 2) AS e2e_ms,
  round(avg(tpot_ms), 3) AS tpot_ms
FROM told
WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
GROUP BY backend, tool
ORDER BY backend, tool;
