-- What would other tools have printed of the measured, warm answers of the last run (mean ms)?
WITH it AS (
  SELECT coalesce(?1, (SELECT max(run) FROM runs)) AS run
),
counted AS (
  SELECT request, backend, ttft_ms, e2e_ms, tpot_ms FROM request_metrics
  WHERE run = (SELECT run FROM it)
    AND outcome = 'ok' AND phase_kind = 'measure' AND cold_start IS NOT 1 AND call IN ('chat', 'complete')
),
told (tool, request, backend, ttft_ms, e2e_ms, tpot_ms) AS (
  SELECT 'bench', * FROM counted
  UNION ALL SELECT 'vllm bench', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_vllm
    WHERE run = (SELECT run FROM it)
  UNION ALL SELECT 'aiperf', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_aiperf
    WHERE run = (SELECT run FROM it)
  UNION ALL SELECT 'guidellm', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_guidellm
    WHERE run = (SELECT run FROM it)
  UNION ALL SELECT 'sglang', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_sglang
    WHERE run = (SELECT run FROM it)
  UNION ALL SELECT 'genai-bench', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_genai_bench
    WHERE run = (SELECT run FROM it)
  UNION ALL SELECT 'evalscope', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_evalscope
    WHERE run = (SELECT run FROM it)
)
SELECT backend, tool, count(*) AS requests,
  round(avg(ttft_ms), 2) AS ttft_ms,
  round(avg(e2e_ms), 2) AS e2e_ms,
  round(avg(tpot_ms), 3) AS tpot_ms
FROM told
WHERE request IN (SELECT request FROM counted)
GROUP BY backend, tool
ORDER BY backend, tool;
