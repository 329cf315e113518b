-- When did each chunk of the answers come that went well? ?1 run, ?2 backend, ?3 call, ?4 phase (0: none).
SELECT e.request, e.t_ms
FROM request_metrics AS r
JOIN events AS e ON e.request = r.request
WHERE r.run = ?1 AND r.backend = ?2 AND r.call = ?3 AND coalesce(r.phase, 0) = ?4
  AND r.phase_kind = 'measure' AND r.outcome = 'ok'
ORDER BY e.request, e.seq;
