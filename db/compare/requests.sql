-- What was asked of backend ?2 in run ?1, and what came of it? One row for each measured request, in their
-- order. What counts for statistics went well and was warm.
SELECT call, label, phase, round, prompt, seq, start_ms, outcome, finish_reason, token_source, output_tokens,
  prompt_tokens, cached_tokens, cold_start,
  ttft_ms AS ttft, tpot_ms AS tpot, e2e_ms AS e2e, tokens_per_s, decode_tps, server_decode_tps,
  CASE WHEN call IN ('chat', 'complete') THEN chars_per_s END AS chars_per_s
FROM request_metrics
WHERE run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND call IS NOT NULL
ORDER BY seq;
