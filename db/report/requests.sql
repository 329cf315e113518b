-- What was asked in run ?1, and how did it end? One row for each request.
SELECT backend, call, label, phase, phase_kind, outcome, error_kind, finish_reason, round, prompt, prompt_tokens,
  token_events, seq
FROM request_metrics
WHERE run = ?1;
