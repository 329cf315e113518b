-- What would other tools have printed of the measured, warm answers of the last run (mean ms)?
WITH told (tool, run, request, backend, ttft_ms, e2e_ms, tpot_ms) AS (
  SELECT 'bench', run, request, backend, ttft_ms, e2e_ms, tpot_ms FROM request_metrics
  UNION ALL SELECT 'vllm bench', run, request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_vllm
  UNION ALL SELECT 'aiperf', run, request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_aiperf
  UNION ALL SELECT 'guidellm', run, request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_guidellm
  UNION ALL SELECT 'sglang', run, request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_sglang
  UNION ALL SELECT 'genai-bench', run, request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_genai_bench
  UNION ALL SELECT 'evalscope', run, request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_evalscope
)
SELECT told.backend, told.tool, count(*) AS requests,
  round(avg(told.ttft_ms), 2) AS ttft_ms,
  round(avg(told.e2e_ms), 2) AS e2e_ms,
  round(avg(told.tpot_ms), 3) AS tpot_ms
FROM told
JOIN request_metrics AS m ON m.request = told.request
WHERE told.run = coalesce(?1, (SELECT max(run) FROM runs))
  AND m.outcome = 'ok' AND m.phase_kind = 'measure' AND m.cold_start IS NOT 1
  AND m.call IN ('chat', 'complete')
GROUP BY told.backend, told.tool
ORDER BY told.backend, told.tool;
