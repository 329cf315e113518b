-- What does the summary of run ?1 stand on? Its measured, warm requests that went well. The first
-- eight columns are the group, the events (chunks of another tool are none) and the wait behind its planned time;
-- each other column is a metric, named by its name and unit. Unsorted: the groups are told apart by whoever reads.
SELECT r.backend, m.call, m.label, m.phase,
  timeline.t, timeline.n,
  CASE WHEN m.token_source = 'usage' THEN m.output_tokens END AS counted_tokens,
  m.wait_ms,
  m.ttft_ms AS "ttft ms",
  m.ttfc_ms AS "ttfc ms",
  m.tpot_ms AS "tpot ms",
  m.e2e_ms AS "e2e ms",
  m.output_tokens AS "tokens tokens",
  m.prompt_tokens AS "prompt_tokens tokens",
  CASE WHEN m.call IN ('chat', 'complete') THEN m.chars_per_s END AS "chars_per_s chars/s",
  m.tokens_per_s AS "tokens_per_s tok/s",
  m.decode_tps AS "decode_tps tok/s",
  m.server_decode_tps AS "server_decode_tps tok/s",
  m.server_prefill_tps AS "server_prefill_tps tok/s",
  m.server_load_ms AS "server_load ms",
  m.server_queue_ms AS "server_queue ms",
  m.server_prefill_ms AS "server_prefill ms",
  m.connect_ms AS "connect ms"
FROM request_metrics AS m
JOIN request AS r ON r.id = m.request
LEFT JOIN timeline ON timeline.request = r.id AND instr(coalesce(timeline.channel, ''), '4') = 0
WHERE m.run = ?1 AND m.phase_kind = 'measure' AND m.outcome = 'ok' AND m.cold_start IS NOT 1;
