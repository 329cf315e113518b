-- When did the events of backend ?2, label ?3, phase ?4 in run ?1 come (JSON lists), and of how many tokens was each?
-- `counted` is what the server says that they are together. What went well and was warm.
SELECT timeline.t, timeline.n, CASE WHEN r.token_source = 'usage' THEN r.output_tokens END AS counted
FROM request_metrics AS r
JOIN timeline ON timeline.request = r.request
WHERE r.run = ?1 AND r.phase_kind = 'measure' AND r.backend IS ?2 AND r.label IS ?3 AND r.phase IS ?4
  AND r.outcome = 'ok' AND r.cold_start IS NOT 1;
