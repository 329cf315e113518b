-- What backend ?2 did in run ?1, block by block: one row for each call, label, phase and block. A block is
-- a round; requests outside rounds are cut, in their order, into ?3 blocks of equal size (fewer where
-- there are fewer requests). With ?4 = 'prompt' a block is a prompt. Values are this
-- percentile (?5) of what went well and was warm.
WITH measured AS (
  SELECT call, label, phase, round, prompt, seq, outcome, ttft_ms, tpot_ms, e2e_ms, tokens_per_s,
    decode_tps, server_decode_tps,
    CASE WHEN call IN ('chat', 'complete') THEN chars_per_s END AS chars_per_s,
    outcome = 'ok' AND cold_start IS NOT 1 AS counts,
    row_number() OVER (PARTITION BY call, label, phase, round IS NULL ORDER BY seq) - 1 AS place,
    count(*) OVER (PARTITION BY call, label, phase, round IS NULL) AS n
  FROM request_metrics
  WHERE run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND outcome <> 'cancelled'
    AND call IS NOT NULL
)
SELECT call, label, phase,
  CASE WHEN ?4 = 'prompt' THEN prompt
    WHEN round IS NULL THEN place * min(?3, n) / n ELSE round END AS block,
  min(round IS NOT NULL) AS in_round,
  min(seq) AS first,
  count(*) AS finished,
  sum(outcome <> 'ok') AS failed,
  percentile(CASE WHEN counts THEN ttft_ms END, ?5) AS ttft,
  percentile(CASE WHEN counts THEN tpot_ms END, ?5) AS tpot,
  percentile(CASE WHEN counts THEN e2e_ms END, ?5) AS e2e,
  percentile(CASE WHEN counts THEN tokens_per_s END, ?5) AS tokens_per_s,
  percentile(CASE WHEN counts THEN decode_tps END, ?5) AS decode_tps,
  percentile(CASE WHEN counts THEN server_decode_tps END, ?5) AS server_decode_tps,
  percentile(CASE WHEN counts THEN chars_per_s END, ?5) AS chars_per_s
FROM measured
GROUP BY call, label, phase, round IS NULL, block
ORDER BY first;
