-- When did the events of run ?1 come (JSON lists), and of how many tokens was each? `counted` is what the server says
-- that those of an answer are together. What went well and was warm.
SELECT r.backend, r.label, r.phase, r.outcome, r.cold_start, timeline.t, timeline.n,
  CASE WHEN r.token_source = 'usage' THEN r.output_tokens END AS counted
FROM request_metrics AS r
JOIN timeline ON timeline.request = r.request
WHERE r.run = ?1 AND r.phase_kind = 'measure' AND r.outcome = 'ok' AND r.cold_start IS NOT 1;
