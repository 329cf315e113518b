-- How many tokens arrived in each second of the last run, and in how many streams at once?
SELECT CAST((m.start_ms + e.t_ms) / 1000 AS INTEGER) AS second, m.backend,
  sum(e.tokens) AS tokens,
  count(DISTINCT e.request) AS streams
FROM events AS e
JOIN request_metrics AS m ON m.run = e.run AND m.request = e.request
WHERE e.run = coalesce(?1, (SELECT max(run) FROM runs))
GROUP BY second, m.backend
ORDER BY second, m.backend;
