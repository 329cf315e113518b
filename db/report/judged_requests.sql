-- Which requests of run ?1 decide about its promises, with the values of every metric that is a column
-- (lib/bench/metrics.lua)? Characters are those of models' answers.
SELECT backend, label, phase, call, outcome, cold_start, ttft_ms, ttfc_ms, tpot_ms, e2e_ms, decode_tps, tokens_per_s,
  wait_ms, connect_ms, headers_ms, end_ms, output_tokens, prompt_tokens, evaluated_tokens, cached_tokens, reasoning_tokens,
  CASE WHEN call IN ('chat', 'complete') THEN chars END AS chars,
  CASE WHEN call IN ('chat', 'complete') THEN chars_per_s END AS chars_per_s,
  server_load_ms, server_queue_ms, server_prefill_ms, server_prefill_tps, server_decode_ms, server_decode_tps
FROM request_metrics
WHERE run = ?1 AND phase_kind = 'measure' AND outcome <> 'dropped'
ORDER BY seq;
