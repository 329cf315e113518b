-- Over how many seconds of run ?1 were the requests to backend ?2 under label ?3 in phase ?4 spread, and the arrivals
-- that were turned away there, which have a plan alone?
SELECT (max(at_ms + coalesce(end_ms, 0)) - min(at_ms)) / 1000 AS seconds
FROM (
  SELECT coalesce(start_ms, sched_ms) AS at_ms, end_ms
  FROM request_metrics
  WHERE run = ?1 AND phase_kind = 'measure' AND phase IS ?4
    AND (backend IS ?2 AND label IS ?3 OR outcome = 'dropped')
);
