-- Whose counts are the output tokens of run ?1, backend ?2, call ?3, label ?4, phase ?5? The last two may be null.
SELECT count(*) FILTER (WHERE token_source = 'usage') AS usage,
  count(*) FILTER (WHERE token_source = 'tokenizer') AS tokenizer,
  count(*) FILTER (WHERE token_source = 'events') AS events
FROM request_metrics
WHERE run = ?1 AND backend = ?2 AND call = ?3 AND label IS ?4 AND phase IS ?5 AND phase_kind = 'measure'
  AND outcome = 'ok';
