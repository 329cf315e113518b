-- A request, in flight or ended; where its seq is there already nothing, and request_again is what
-- writes it. The order is row.c's.
INSERT INTO request (
  run, seq, backend, phase, phase_kind, call, label, round, user, prompt, not_applied,
  started_at, t_sched, t_start, t_attempt, t_dns, t_connected, t_tls, t_sent, t_headers,
  t_first_byte, t_first_event, t_first_token, t_first_content, t_last_token, t_finish, t_usage,
  t_done, t_end, outcome, error_kind, error_message, http_status, finish_reason, flags, attempts,
  address, bytes, reads, streamed, stamp_source, cold_start, events, icl_mean_ns, icl_max_ns,
  prompt_tokens, evaluated_tokens, cached_tokens, output_tokens, reasoning_tokens, total_tokens,
  token_source, usage, server_load_ns, server_queue_ns, server_prefill_ns, server_decode_ns,
  server_total_ns, server_decode_tokens, model, answer, reasoning, tool_calls, answer_hash,
  answer_chars, http_version, lump, cache, packet_loss)
VALUES (
  ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
  ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40,
  ?41, ?42, ?43, ?44, ?45, ?46, ?47, ?48, ?49, ?50, ?51, ?52, ?53, ?54, ?55, ?56, ?57, ?58, ?59,
  ?60, ?61, ?62, ?63, ?64, ?65, ?66, ?67, ?68, ?69)
ON CONFLICT (run, seq) DO NOTHING;
