-- How are the gaps between token events of the last run's measured answers spread, by powers of two
-- of a ms?
WITH gap AS (
  SELECT m.backend, m.call,
    e.t_ms - lag(e.t_ms) OVER (PARTITION BY e.request ORDER BY e.seq) AS gap_ms
  FROM events AS e
  JOIN request_metrics AS m ON m.run = e.run AND m.request = e.request
  WHERE e.run = coalesce(?1, (SELECT max(run) FROM runs))
    AND m.outcome = 'ok' AND m.phase_kind = 'measure'
), bound (below_ms) AS (
  VALUES (0.25), (0.5), (1), (2), (4), (8), (16), (32), (64), (128), (256), (512), (1024), (1e9)
), placed AS (
  SELECT backend, call, gap_ms, (SELECT min(below_ms) FROM bound WHERE gap_ms < below_ms) AS below_ms
  FROM gap
  WHERE gap_ms IS NOT NULL
)
SELECT backend, call, nullif(below_ms, 1e9) AS below_ms, count(*) AS gaps,
  round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY backend, call), 1) AS percent
FROM placed
GROUP BY backend, call, placed.below_ms
ORDER BY backend, call, placed.below_ms;
