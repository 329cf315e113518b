-- Who counted the tokens of the last run, and how far were they from the events that arrived?
SELECT backend, call, token_source,
  count(*) AS requests,
  sum(output_tokens) AS output_tokens,
  sum(reasoning_tokens) AS of_it_reasoning,
  sum(token_events) AS token_events,
  sum(flags LIKE '%corrected%') AS corrected,
  sum(flags LIKE '%coalesced%') AS coalesced
FROM request_metrics
WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
  AND outcome = 'ok' AND call IN ('chat', 'complete')
GROUP BY backend, call, token_source
ORDER BY backend, call, token_source;
