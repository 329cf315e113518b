-- What do people read of each request of run ?1? In the order of the index, as in requests_whole.sql.
SELECT m.seq, m.backend, m.round, m.label, m.phase_kind AS phase, m.outcome, m.error_kind AS error, m.ttft_ms, m.tpot_ms,
  m.e2e_ms, m.output_tokens AS tokens,
  CASE WHEN m.output_tokens IS NOT NULL THEN nullif(m.token_source, 'usage') END AS estimate, -- by whom, where it is one
  m.finish_reason AS finish, m.flags,
  coalesce(nullif(m.answer, ''), m.error_message) AS answer
FROM request AS r
CROSS JOIN request_metrics AS m ON m.request = r.id
WHERE r.run = ?1 AND m.run = ?1
ORDER BY r.seq;
