-- How much of the prompts came from a cache, by run and backend?
SELECT run, backend,
  count(*) AS requests,
  sum(cached_tokens > 0) AS with_cache,
  sum(prompt_tokens) AS prompt_tokens,
  sum(cached_tokens) AS cached_tokens,
  -- some servers leave what came out of the cache out of the prompt
  CASE WHEN max(cached_tokens > prompt_tokens) = 0
    THEN round(100.0 * sum(cached_tokens) / sum(prompt_tokens), 1) END AS cached_percent,
  round(avg(CASE WHEN cached_tokens > 0 THEN ttft_ms END), 1) AS ttft_cached_ms,
  round(avg(CASE WHEN cached_tokens = 0 THEN ttft_ms END), 1) AS ttft_uncached_ms
FROM request_metrics
WHERE outcome = 'ok' AND phase_kind = 'measure' AND cached_tokens IS NOT NULL
GROUP BY run, backend
ORDER BY run DESC, backend;
