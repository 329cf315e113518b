-- Which measured arrivals of the loads of run ?1 were turned away?
SELECT phase, seq
FROM request_metrics
WHERE run = ?1 AND outcome = 'dropped' AND phase_kind = 'measure'
ORDER BY seq;
