-- A request of run ?1 that another program made: ?2 is a JSON object of what its file says, ?3 when it began (UTC).
-- Without that nobody knows, and its times count from its own start.
INSERT INTO request (run, seq, backend, phase, phase_kind, call, label, round, started_at, t_sched,
  t_start, t_first_event, t_first_token, t_first_content, t_last_token, t_finish, t_usage, t_done,
  t_end, outcome, error_kind, error_message, http_status, finish_reason, flags, attempts, streamed,
  events, icl_mean_ns, icl_max_ns, prompt_tokens, evaluated_tokens, cached_tokens, output_tokens, reasoning_tokens,
  token_source, server_prefill_ns, server_decode_ns, server_decode_tokens, answer, reasoning,
  answer_chars)
SELECT ?1, json_extract(?2, '$.seq'), json_extract(?2, '$.backend'), json_extract(?2, '$.phase'),
  coalesce(json_extract(?2, '$.phase_kind'), 'measure'), json_extract(?2, '$.call'),
  json_extract(?2, '$.label'), json_extract(?2, '$.round'), ?3,
  json_extract(?2, '$.t_sched'), json_extract(?2, '$.t_start'), json_extract(?2, '$.t_first_event'),
  json_extract(?2, '$.t_first_token'), json_extract(?2, '$.t_first_content'),
  json_extract(?2, '$.t_last_token'), json_extract(?2, '$.t_finish'), json_extract(?2, '$.t_usage'),
  json_extract(?2, '$.t_done'), json_extract(?2, '$.t_end'), json_extract(?2, '$.outcome'),
  json_extract(?2, '$.error_kind'), json_extract(?2, '$.error_message'),
  json_extract(?2, '$.http_status'), json_extract(?2, '$.finish_reason'), '', NULL,
  json_extract(?2, '$.streamed'), json_extract(?2, '$.events'), json_extract(?2, '$.icl_mean_ns'),
  json_extract(?2, '$.icl_max_ns'), json_extract(?2, '$.prompt_tokens'),
  json_extract(?2, '$.evaluated_tokens'), json_extract(?2, '$.cached_tokens'),
  json_extract(?2, '$.output_tokens'), json_extract(?2, '$.reasoning_tokens'),
  json_extract(?2, '$.token_source'), json_extract(?2, '$.server_prefill_ns'),
  json_extract(?2, '$.server_decode_ns'), json_extract(?2, '$.server_decode_tokens'),
  json_extract(?2, '$.answer'), json_extract(?2, '$.reasoning'), json_extract(?2, '$.answer_chars');
