-- What did backend ?2 do in run ?1? One row for each call, label and phase of what was measured. Medians
-- and counts of values are of what went well and was warm.
WITH measured AS (
  SELECT *, outcome = 'ok' AND cold_start IS NOT 1 AS counts
  FROM request_metrics
  WHERE run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND call IS NOT NULL
)
SELECT call, label, phase,
  min(seq) AS first,
  min(start_ms) AS first_ms,
  sum(outcome <> 'cancelled') AS finished,
  sum(outcome = 'ok') AS ok,
  sum(outcome NOT IN ('ok', 'cancelled')) AS failed,
  sum(outcome = 'empty') AS empty,
  sum(outcome = 'truncated') AS truncated,
  sum(outcome = 'cancelled') AS cancelled,
  sum(outcome = 'ok' AND cold_start IS 1) AS cold,
  sum(counts) AS counted,
  min(CASE WHEN counts THEN output_tokens END) AS tokens_min,
  median(CASE WHEN counts THEN output_tokens END) AS tokens_median,
  max(CASE WHEN counts THEN output_tokens END) AS tokens_max,
  sum(counts AND token_source = 'usage') AS from_usage,
  sum(counts AND token_source = 'tokenizer') AS from_tokenizer,
  sum(counts AND token_source = 'events') AS from_events,
  sum(CASE WHEN counts AND cached_tokens IS NOT NULL THEN prompt_tokens END) AS prompt_tokens,
  sum(CASE WHEN counts AND prompt_tokens IS NOT NULL THEN cached_tokens END) AS cached_tokens,
  count(CASE WHEN counts THEN ttft_ms END) AS ttft_n,
  count(CASE WHEN counts THEN tpot_ms END) AS tpot_n,
  count(CASE WHEN counts THEN e2e_ms END) AS e2e_n,
  count(CASE WHEN counts THEN tokens_per_s END) AS tokens_per_s_n,
  count(CASE WHEN counts THEN decode_tps END) AS decode_tps_n,
  count(CASE WHEN counts THEN server_decode_tps END) AS server_decode_tps_n,
  count(CASE WHEN counts AND call IN ('chat', 'complete') THEN chars_per_s END) AS chars_per_s_n,
  median(CASE WHEN counts THEN ttft_ms END) AS ttft,
  median(CASE WHEN counts THEN tpot_ms END) AS tpot,
  median(CASE WHEN counts THEN e2e_ms END) AS e2e,
  median(CASE WHEN counts THEN tokens_per_s END) AS tokens_per_s,
  median(CASE WHEN counts THEN decode_tps END) AS decode_tps,
  median(CASE WHEN counts THEN server_decode_tps END) AS server_decode_tps,
  median(CASE WHEN counts AND call IN ('chat', 'complete') THEN chars_per_s END) AS chars_per_s
FROM measured
GROUP BY call, label, phase
ORDER BY first;
