-- Which prompts of the last run cost most tokens and time?
SELECT substr(p.text, 1, 50) AS question, m.backend, m.call,
  count(*) AS answers,
  max(m.prompt_tokens) AS prompt_tokens,
  round(avg(m.output_tokens), 1) AS output_tokens,
  sum(m.output_tokens) AS output_total,
  round(avg(m.e2e_ms), 1) AS e2e_ms,
  round(sum(m.e2e_ms) / 1000, 1) AS seconds_total
FROM request_metrics AS m
LEFT JOIN prompts AS p ON p.prompt = m.prompt
WHERE m.run = coalesce(?1, (SELECT max(run) FROM runs))
  AND m.outcome = 'ok' AND m.prompt IS NOT NULL
GROUP BY m.prompt, m.backend, m.call
ORDER BY sum(m.e2e_ms) DESC
LIMIT 20;
