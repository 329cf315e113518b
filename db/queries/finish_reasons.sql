-- Why did the answers of the last run end, and how long were they?
SELECT backend, call, finish_reason,
  count(*) AS answers,
  min(output_tokens) AS shortest,
  round(avg(output_tokens), 1) AS mean_tokens,
  max(output_tokens) AS longest,
  sum(flags LIKE '%short%') AS cut_short
FROM request_metrics
WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
  AND outcome = 'ok' AND phase_kind = 'measure' AND call IN ('chat', 'complete')
GROUP BY backend, call, finish_reason
ORDER BY backend, call, answers DESC, finish_reason;
