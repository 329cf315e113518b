-- The same values for a request that is there: what came since. One in flight that is put back out
-- of a side file may be older than what is there: it is nothing to an attempt that has ended.
UPDATE request SET
  backend = ?3, phase = ?4, phase_kind = ?5, call = ?6, label = ?7, round = ?8, user = ?9,
  prompt = ?10, not_applied = ?11, started_at = ?12, t_sched = ?13, t_start = ?14,
  t_attempt = ?15, t_dns = ?16, t_connected = ?17, t_tls = ?18, t_sent = ?19, t_headers = ?20,
  t_first_byte = ?21, t_first_event = ?22, t_first_token = ?23, t_first_content = ?24,
  t_last_token = ?25, t_finish = ?26, t_usage = ?27, t_done = ?28, t_end = ?29, outcome = ?30,
  error_kind = ?31, error_message = ?32, http_status = ?33, finish_reason = ?34, flags = ?35,
  attempts = ?36, address = ?37, bytes = ?38, reads = ?39, streamed = ?40, stamp_source = ?41,
  cold_start = ?42, events = ?43, icl_mean_ns = ?44, icl_max_ns = ?45, prompt_tokens = ?46,
  evaluated_tokens = ?47, cached_tokens = ?48, output_tokens = ?49, reasoning_tokens = ?50,
  total_tokens = ?51, token_source = ?52, usage = ?53, server_load_ns = ?54,
  server_queue_ns = ?55, server_prefill_ns = ?56, server_decode_ns = ?57, server_total_ns = ?58,
  server_decode_tokens = ?59, model = ?60, answer = ?61, reasoning = ?62, tool_calls = ?63,
  answer_hash = ?64, answer_chars = ?65, http_version = ?66, lump = ?67, cache = ?68,
  packet_loss = ?69
WHERE run = ?1 AND seq = ?2
  AND (?30 <> 'running' OR outcome = 'running' OR attempts < ?36);
