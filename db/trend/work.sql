-- What was asked and answered in run ?1, backend ?2, call ?3, label ?4, phase ?5? The last two may be null. The
-- shares are as lib/report/cached.lua and lib/compare/prompts.lua have them, held_back and thought as in
-- compare/requests.sql.
SELECT count(*) FILTER (WHERE token_source = 'usage') AS usage,
  count(*) FILTER (WHERE token_source = 'tokenizer') AS tokenizer,
  count(*) FILTER (WHERE token_source = 'events') AS events,
  median(output_tokens) AS tokens_median, median(chars) AS chars_median, median(prompt_tokens) AS prompt_tokens,
  CASE WHEN max(cached_tokens > prompt_tokens) = 0 THEN sum(cached_tokens) FILTER (WHERE prompt_tokens IS NOT NULL) * 1.0
    / nullif(sum(prompt_tokens) FILTER (WHERE cached_tokens IS NOT NULL), 0) END AS cached,
  1.0 * count(*) FILTER (WHERE reasoning_tokens > 0 OR ttfc_ms > ttft_ms
    OR ttft_ms IS NOT NULL AND coalesce(chars, 0) = 0 AND (SELECT instr(channel, '1') FROM timeline
      WHERE timeline.request = m.request) > 0) / nullif(count(*), 0) AS thought,
  2 * count(*) FILTER (WHERE lump = 1 OR at_once = 1 OR in_pieces = 1)
    > nullif(count(*) FILTER (WHERE streamed = 1), 0) AS held_back
FROM request_metrics AS m
WHERE run = ?1 AND backend = ?2 AND call = ?3 AND label IS ?4 AND phase IS ?5 AND phase_kind = 'measure'
  AND outcome = 'ok' AND cold_start IS NOT 1;
