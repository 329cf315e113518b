-- How many requests of run ?1, backend ?2, call ?3, label ?4, phase ?5 ended, and how many of them not ok? The last two
-- may be null. Arrivals that the load turned away are among both.
SELECT count(*) AS ended, coalesce(sum(outcome <> 'ok'), 0) AS lost
FROM request_metrics
WHERE run = ?1 AND (backend = ?2 AND call = ?3 AND label IS ?4 OR outcome = 'dropped') AND phase IS ?5
  AND phase_kind = 'measure' AND outcome NOT IN ('cancelled', 'incomplete');
