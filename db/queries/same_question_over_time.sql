-- How did the question that was asked in most runs fare from run to run?
WITH asked AS (
  SELECT prompt FROM request_metrics
  WHERE prompt IS NOT NULL
  GROUP BY prompt
  ORDER BY count(DISTINCT run) DESC, count(*) DESC
  LIMIT 1
)
SELECT m.run, r.started_at, m.backend, b.model, b.quantization, m.call,
  count(*) AS answers,
  round(avg(m.ttft_ms), 1) AS ttft_ms,
  round(avg(m.decode_tps), 1) AS decode_tps,
  round(avg(m.output_tokens), 1) AS output_tokens,
  substr(p.text, 1, 40) AS question
FROM request_metrics AS m
JOIN asked USING (prompt)
JOIN runs AS r ON r.run = m.run
LEFT JOIN backends AS b ON b.run = m.run AND b.backend = m.backend
LEFT JOIN prompts AS p ON p.prompt = m.prompt
WHERE m.outcome = 'ok' AND m.phase_kind = 'measure' AND m.cold_start IS NOT 1
GROUP BY m.run, m.backend, m.call
ORDER BY m.run DESC, m.backend, m.call;
