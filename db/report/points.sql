-- When did each request of backend ?2 in run ?1 begin (s), and how long did it take (ms)? What went well and was
-- warm, as far as its start is known (an imported run may not say).
SELECT start_ms / 1000 AS at_s, ttft_ms, e2e_ms, tpot_ms, call, m.label, phase.label AS load
FROM request_metrics AS m
LEFT JOIN phase ON phase.run = ?1 AND phase.number = m.phase
WHERE m.run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND outcome = 'ok' AND cold_start IS NOT 1
  AND start_ms IS NOT NULL;
