-- What would tool ?2 have said of run ?1? The median and p99 of its measured, warm requests that went well, under the
-- names, units and definitions of the tool (as_vllm and its like); rows as own.sql has them, and how many loads of
-- other arrivals are in them: a tool's numbers are of one.
WITH told AS (
  SELECT 'vllm' AS tool, request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_vllm WHERE run = ?1
  UNION ALL SELECT 'aiperf', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_aiperf WHERE run = ?1
  UNION ALL SELECT 'sglang', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_sglang WHERE run = ?1
  UNION ALL SELECT 'guidellm', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_guidellm WHERE run = ?1
  UNION ALL SELECT 'genai-bench', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_genai_bench WHERE run = ?1
  UNION ALL SELECT 'evalscope', request, backend, ttft_ms, e2e_ms, tpot_ms FROM as_evalscope WHERE run = ?1
),
named (tool, ttft, e2e, tpot) AS (
  VALUES ('vllm', 'ttft', 'e2el', 'tpot'),
    ('aiperf', 'time_to_first_token', 'request_latency', 'inter_token_latency'),
    ('guidellm', 'time_to_first_token_ms', 'request_latency', 'time_per_output_token_ms'),
    ('sglang', 'ttft', 'e2e_latency', 'tpot'),
    ('genai-bench', 'ttft', 'e2e_latency', 'tpot'),
    ('evalscope', 'TTFT', 'Latency', 'TPOT')
),
counted AS (
  SELECT told.*, p.arrivals FROM told JOIN request_metrics AS m ON m.request = told.request
  LEFT JOIN phases AS p ON p.run = m.run AND p.phase = m.phase
  WHERE told.tool = ?2 AND m.phase_kind = 'measure' AND m.cold_start IS NOT 1
),
value AS (
  SELECT backend, named.ttft AS name, ttft_ms AS ms FROM counted JOIN named USING (tool)
  UNION ALL SELECT backend, named.e2e, e2e_ms FROM counted JOIN named USING (tool)
  UNION ALL SELECT backend, named.tpot, tpot_ms FROM counted JOIN named USING (tool)
)
SELECT ?2 || '.' || name || ' p50' AS name, 'ms' AS unit, median(ms) AS value, backend, NULL AS label,
  'neither' AS better, (SELECT count(DISTINCT arrivals) FROM counted) AS loads
FROM value WHERE ms IS NOT NULL GROUP BY backend, name
UNION ALL
SELECT ?2 || '.' || name || ' p99', 'ms', percentile(ms, 99), backend, NULL, 'neither', (SELECT count(DISTINCT arrivals) FROM counted)
FROM value WHERE ms IS NOT NULL GROUP BY backend, name;
