-- How far apart are our clock and the server's, for backend ?2 of run ?1? Medians in ms and tok/s; before
-- is what the server says went by until its first token.
SELECT count(*) AS n,
  median(ttft_ms) AS ttft,
  median(coalesce(server_load_ms, 0) + coalesce(server_queue_ms, 0) + server_prefill_ms) AS before,
  median(ttft_ms - coalesce(server_load_ms, 0) - coalesce(server_queue_ms, 0) - server_prefill_ms) AS gap,
  median(CASE WHEN output_tokens >= 16 THEN decode_tps END) AS ours,
  median(CASE WHEN output_tokens >= 16 THEN server_decode_tps END) AS its,
  avg(flags LIKE '%burst%' OR flags LIKE '%coalesced%') AS together,
  avg(coalesce(reasoning_tokens, 0) > 0) AS reasoned,
  avg(coalesce(cached_tokens, 0) > 0 OR flags LIKE '%cached%') AS cached
FROM request_metrics
WHERE run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND outcome = 'ok' AND cold_start IS NOT 1
  AND streamed = 1 AND server_prefill_ms IS NOT NULL;
