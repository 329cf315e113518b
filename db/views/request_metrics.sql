-- One line per request. Times are ms: start_ms and sched_ms from the start of the run, all others
-- from t0, the moment when the request was handed to the transport. Null is "does not exist",
-- never 0. chars counts the characters of `answer`: the content, without reasoning and tool calls.
-- A request in flight reads as incomplete.
DROP VIEW IF EXISTS request_metrics;
-- DuckDB reads views with its own parser: DOUBLE, since it takes REAL for 32 bits, and no function that only
-- SQLite has (strftime), else all columns are text.
CREATE VIEW request_metrics AS
SELECT
  r.run AS run,
  r.id AS request,
  CAST(r.started_at AS TEXT) AS started_at,
  CAST(r.backend_name AS TEXT) AS backend,
  CAST(r.phase AS INTEGER) AS phase,
  CAST(r.phase_kind AS TEXT) AS phase_kind,
  CAST(r.call AS TEXT) AS call,
  CAST(r.label AS TEXT) AS label,
  CAST(r.round AS INTEGER) AS round,
  CAST(r.user AS INTEGER) AS user,
  CAST(r.seq AS INTEGER) AS seq,
  CAST(r.prompt AS TEXT) AS prompt,
  CAST(r.cache AS TEXT) AS cache,
  CAST(CASE r.outcome WHEN 'running' THEN 'incomplete' ELSE r.outcome END AS TEXT) AS outcome,
  CAST(r.error_kind AS TEXT) AS error_kind,
  CAST(r.error_message AS TEXT) AS error_message,
  CAST(r.http_status AS INTEGER) AS http_status,
  CAST(r.finish_reason AS TEXT) AS finish_reason,
  CAST(CASE WHEN r.start_is_known THEN r.t_sched / 1e6 END AS DOUBLE) AS sched_ms,
  CAST(CASE WHEN r.start_is_known THEN r.t_start / 1e6 END AS DOUBLE) AS start_ms,
  CAST((r.t_start - r.t_sched) / 1e6 AS DOUBLE) AS wait_ms,
  CAST((coalesce(r.t_tls, r.t_connected) - coalesce(r.t_attempt, r.t_start)) / 1e6 AS DOUBLE)
    AS connect_ms,
  CAST((r.t_sent - r.t_start) / 1e6 AS DOUBLE) AS send_ms,
  CAST((r.t_headers - r.t_start) / 1e6 AS DOUBLE) AS headers_ms,
  CAST(CASE WHEN r.streamed = 1 THEN (r.t_first_token - r.t_start) / 1e6 END AS DOUBLE) AS ttft_ms,
  CAST(CASE WHEN r.streamed = 1 THEN (r.t_first_content - r.t_start) / 1e6 END AS DOUBLE) AS ttfc_ms,
  CAST(r.e2e_ns / 1e6 AS DOUBLE) AS e2e_ms,
  CAST((r.t_finish - r.t_start) / 1e6 AS DOUBLE) AS finish_ms,
  CAST((r.t_end - r.t_start) / 1e6 AS DOUBLE) AS end_ms,
  CAST(r.decode_ns / 1e6 / (r.output_tokens - 1) AS DOUBLE) AS tpot_ms,
  CAST(r.icl_mean_ns / 1e6 AS DOUBLE) AS icl_mean_ms,
  CAST(r.icl_max_ns / 1e6 AS DOUBLE) AS icl_max_ms,
  CAST(r.prompt_tokens AS INTEGER) AS prompt_tokens,
  CAST(r.evaluated_tokens AS INTEGER) AS evaluated_tokens,
  CAST(r.cached_tokens AS INTEGER) AS cached_tokens,
  CAST(r.output_tokens AS INTEGER) AS output_tokens,
  CAST(r.reasoning_tokens AS INTEGER) AS reasoning_tokens,
  CAST(r.token_source AS TEXT) AS token_source,
  CAST(r.events AS INTEGER) AS token_events,
  CAST(r.reads AS INTEGER) AS reads,
  CAST(r.bytes AS INTEGER) AS bytes,
  CAST(r.answer_chars AS INTEGER) AS chars,
  CAST(nullif(r.answer_chars, 0) * 1e9 / nullif(r.e2e_ns, 0) AS DOUBLE) AS chars_per_s,
  CAST(r.output_tokens * 1e9 / nullif(r.e2e_ns, 0) AS DOUBLE) AS tokens_per_s,
  CAST((r.output_tokens - 1) * 1e9 / r.decode_ns AS DOUBLE) AS decode_tps,
  CAST(r.server_load_ns / 1e6 AS DOUBLE) AS server_load_ms,
  CAST(r.server_queue_ns / 1e6 AS DOUBLE) AS server_queue_ms,
  CAST(r.server_prefill_ns / 1e6 AS DOUBLE) AS server_prefill_ms,
  CAST(nullif(r.evaluated_tokens, 0) * 1e9 / nullif(r.server_prefill_ns, 0) AS DOUBLE)
    AS server_prefill_tps,
  CAST(r.server_decode_ns / 1e6 AS DOUBLE) AS server_decode_ms,
  CAST(CASE WHEN r.server_decode_tokens >= 2
    THEN (r.server_decode_tokens - 1) * 1e9 / nullif(r.server_decode_ns, 0) END AS DOUBLE)
    AS server_decode_tps,
  CAST(r.streamed AS INTEGER) AS streamed,
  CAST(r.cold_start AS INTEGER) AS cold_start,
  CAST(r.attempts AS INTEGER) AS attempts,
  CAST(r.flags AS TEXT) AS flags,
  CAST(r.stamp_source AS TEXT) AS stamp_source,
  CAST(r.http_version AS TEXT) AS http_version,
  CAST(r.lump AS INTEGER) AS lump,
  -- one event of many tokens is a burst of which no gap tells; of a text that nobody counted, of many characters
  CAST(CASE WHEN r.streamed = 1 THEN CASE WHEN r.flags LIKE '%burst%' OR r.events = 1
    AND (r.output_tokens - coalesce(r.reasoning_tokens, 0) >= 8 OR r.token_source = 'events' AND r.answer_chars >= 32)
    THEN 1 ELSE 0 END END AS INTEGER) AS at_once,
  -- few pieces of many tokens each: the rate counts those of the first in the time behind it
  CAST(CASE WHEN r.streamed = 1 THEN CASE WHEN r.events BETWEEN 2 AND 8
    AND r.output_tokens - coalesce(r.reasoning_tokens, 0) >= 8 * r.events
    THEN 1 ELSE 0 END END AS INTEGER) AS in_pieces,
  CAST(r.packet_loss AS INTEGER) AS packet_loss,
  CAST(r.answer AS TEXT) AS answer
FROM (
  SELECT request.*, backend.name AS backend_name,
    -- of an imported one maybe not: its times count from its own start
    request.started_at IS NOT NULL OR request.t_start IS NULL AS start_is_known,
    -- to the last token; where nothing is streamed to the end of a whole answer
    CASE
      WHEN request.streamed = 1 AND request.call IN ('chat', 'complete')
        THEN request.t_last_token - request.t_start
      WHEN request.outcome = 'ok' THEN request.t_end - request.t_start
    END AS e2e_ns,
    -- first to last token; null where that is no time, the answer came at once, or fewer than two tokens
    CASE WHEN request.streamed = 1 AND request.output_tokens >= 2 AND instr(request.flags, 'burst') = 0
      THEN nullif(request.t_last_token - request.t_first_token, 0) END AS decode_ns
  FROM request
  LEFT JOIN backend ON backend.run = request.run AND backend.number = request.backend
) AS r;
