-- What do people read of each request of run ?1?
SELECT seq, backend, round, label, phase_kind AS phase, outcome, error_kind AS error, ttft_ms, tpot_ms, e2e_ms,
  output_tokens AS tokens, finish_reason AS finish, flags,
  coalesce(nullif(answer, ''), error_message) AS answer
FROM request_metrics
WHERE run = ?1
ORDER BY seq;
