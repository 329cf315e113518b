-- How many tokens arrived in each second of the last run, and in how many streams at once?
SELECT CAST((m.start_ms + e.t_ms) / 1000 AS INTEGER) AS second, m.backend,
  -- where a server says how many they are in all, and not in which event, each event has its share
  round(sum(e.tokens * coalesce(1.0 * m.output_tokens / e.told, 1)), 1) AS tokens,
  count(DISTINCT e.request) AS streams
FROM (
  SELECT run, request, t_ms, tokens, sum(tokens) OVER (PARTITION BY request) AS told
  FROM events
  WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
) AS e
JOIN request_metrics AS m ON m.run = e.run AND m.request = e.request
GROUP BY second, m.backend
ORDER BY second, m.backend;
