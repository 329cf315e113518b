-- How much of the prompts came from a cache, by run, backend and call?
SELECT run, backend, call,
  count(*) AS requests,
  sum(cached_tokens > 0) AS with_cache,
  sum(prompt_tokens) AS prompt_tokens,
  sum(cached_tokens) AS cached_tokens,
  -- some servers leave what came out of the cache out of the prompt, and some do not count each prompt
  CASE WHEN max(cached_tokens > prompt_tokens) = 0
    THEN round(100.0 * sum(cached_tokens) FILTER (WHERE prompt_tokens IS NOT NULL) / sum(prompt_tokens), 1)
    END AS cached_percent,
  -- a cold start is in neither time
  round(avg(ttft_ms) FILTER (WHERE cached_tokens > 0 AND cold_start IS NOT 1), 1) AS ttft_cached_ms,
  round(avg(ttft_ms) FILTER (WHERE cached_tokens = 0 AND cold_start IS NOT 1), 1) AS ttft_uncached_ms
FROM request_metrics
WHERE outcome = 'ok' AND phase_kind = 'measure' AND cached_tokens IS NOT NULL
GROUP BY run, backend, call
ORDER BY run DESC, backend, call;
