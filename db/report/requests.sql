-- What was asked in run ?1, and how did it end? One row for each request.
-- `held_back`: whether several tokens came at once, at the beginning or all in few events; null where nothing tells.
SELECT backend, call, label, phase, phase_kind, outcome, error_kind, finish_reason, round, prompt, prompt_tokens,
  cached_tokens, cached_tokens > prompt_tokens AS cache_beside, token_events, cold_start,
  max(coalesce(lump, 0), at_once, in_pieces) AS held_back, seq
FROM request_metrics
WHERE run = ?1 AND (backend IS NOT NULL OR outcome = 'dropped'); -- arrivals that were turned away asked nobody
