-- Where did a stream of the last run stand still for longest?
SELECT m.seq, m.phase_kind, m.backend, gap.seq AS event,
  round(gap.t_ms - gap.gap_ms, 1) AS from_ms,
  round(gap.gap_ms, 1) AS gap_ms,
  round(gap.gap_ms / m.icl_mean_ms, 1) AS times_the_mean
FROM (
  SELECT run, request, seq, t_ms,
    t_ms - lag(t_ms) OVER (PARTITION BY request ORDER BY seq) AS gap_ms
  FROM events
  WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
) AS gap
JOIN request_metrics AS m ON m.run = gap.run AND m.request = gap.request
WHERE gap.gap_ms IS NOT NULL
ORDER BY gap.gap_ms DESC
LIMIT 20;
