-- When did the chunks of the answers come that went well, as a JSON list of µs? ?1 run, ?2 backend, ?3 call, ?4 phase
-- (0: none).
SELECT r.request, timeline.t
FROM request_metrics AS r
JOIN timeline ON timeline.request = r.request
WHERE r.run = ?1 AND r.backend = ?2 AND r.call = ?3 AND coalesce(r.phase, 0) = ?4
  AND r.phase_kind = 'measure' AND r.outcome = 'ok';
