-- Over how many seconds were the requests of judged_requests.sql spread?
SELECT (max(start_ms + coalesce(end_ms, 0)) - min(start_ms)) / 1000 AS seconds
FROM request_metrics
WHERE run = ?1 AND phase_kind = 'measure' AND phase IS ?4
  AND (backend IS ?2 AND label IS ?3 OR outcome = 'dropped');
