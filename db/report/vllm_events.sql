-- When did the chunks of the answers come that went well, as a JSON list of µs? ?1 run, ?2 backend, ?3 call, ?4 phase
-- (0: none), ?5 and ?6 the first and the last seq among them.
SELECT r.request, timeline.t
FROM request AS mine
CROSS JOIN request_metrics AS r ON r.request = mine.id
JOIN timeline ON timeline.request = mine.id
WHERE mine.run = ?1 AND mine.seq BETWEEN ?5 AND ?6
  AND r.backend = ?2 AND r.call = ?3 AND coalesce(r.phase, 0) = ?4
  AND r.phase_kind = 'measure' AND r.outcome = 'ok';
