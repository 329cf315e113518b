-- What was asked of backend ?2 in run ?1, and what came of it? One row for each measured request. Loads of several rounds
-- are one, the first of their name: the later ones are called "name 2", "name 3". `before` and `gap` are what the server
-- says went by until the first token, and what it leaves out; `held_back` as in report/requests.sql.
WITH first AS MATERIALIZED (
  SELECT later.phase, min(f.phase) AS number
  FROM phases AS later
  JOIN phases AS f ON f.run = ?1 AND f.arrivals IS later.arrivals
    AND (f.label = later.label OR f.label || ' ' = rtrim(later.label, '0123456789'))
  WHERE later.run = ?1
  GROUP BY later.phase
)
SELECT call, label, CASE WHEN round IS NULL THEN m.phase ELSE coalesce(first.number, m.phase) END AS phase, round, prompt, cache,
  seq, start_ms, outcome, cold_start, finish_reason, token_source, output_tokens, prompt_tokens, cached_tokens,
  cached_tokens > prompt_tokens AS cache_beside, reasoning_tokens, chars, flags,
  max(coalesce(lump, 0), at_once, in_pieces) AS held_back,
  CASE WHEN reasoning_tokens > 0 OR ttfc_ms > ttft_ms OR ttft_ms IS NOT NULL AND coalesce(chars, 0) = 0
    AND (SELECT instr(channel, '1') FROM timeline WHERE timeline.request = m.request) > 0 THEN 1 END AS thought,
  ttft_ms AS ttft, ttft_ms + wait_ms AS ttft_sched, ttfc_ms AS ttfc, tpot_ms AS tpot, e2e_ms AS e2e,
  e2e_ms + wait_ms AS e2e_sched,
  tokens_per_s, decode_tps, server_decode_tps, chars_per_s,
  CASE WHEN streamed = 1 AND server_prefill_ms IS NOT NULL
    THEN coalesce(server_load_ms, 0) + coalesce(server_queue_ms, 0) + server_prefill_ms END AS before,
  CASE WHEN streamed = 1 AND server_prefill_ms IS NOT NULL
    THEN ttft_ms - coalesce(server_load_ms, 0) - coalesce(server_queue_ms, 0) - server_prefill_ms END AS gap,
  CASE WHEN output_tokens >= 16 THEN 1 END AS long
FROM request_metrics AS m
LEFT JOIN first ON first.phase = m.phase
WHERE m.run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND call IS NOT NULL;
