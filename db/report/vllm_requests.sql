-- What was asked of backend ?2 in run ?1 under call ?3, label ?4, phase ?5, with the times as vllm bench serve
-- defines them (view as_vllm, looked up for each row by its number: joined, it would be read once for each)? The answers
-- are there where ?6 is 1. ?7 and ?8: the first and the last seq among them, so that of many loads each is read once.
SELECT r.request, r.outcome, coalesce(r.sched_ms, r.start_ms) AS came_ms, r.start_ms, r.wait_ms, r.end_ms,
  r.prompt_tokens, r.output_tokens, r.error_message,
  CASE WHEN ?6 THEN r.answer END AS answer,
  (SELECT v.ttft_ms FROM as_vllm AS v WHERE v.request = mine.id) AS ttft_ms,
  (SELECT v.e2e_ms FROM as_vllm AS v WHERE v.request = mine.id) AS e2e_ms,
  (SELECT v.tpot_ms FROM as_vllm AS v WHERE v.request = mine.id) AS tpot_ms
FROM request AS mine
CROSS JOIN request_metrics AS r ON r.request = mine.id
WHERE mine.run = ?1 AND mine.seq BETWEEN ?7 AND ?8
  AND r.backend = ?2 AND r.call = ?3 AND r.label IS ?4 AND r.phase IS ?5
  AND r.phase_kind = 'measure' AND r.outcome <> 'cancelled'
ORDER BY mine.seq;
