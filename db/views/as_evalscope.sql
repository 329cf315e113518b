-- EvalScope perf 1.14.1: the first token in any channel, the usage chunk is the end. (Before 1.12
-- the first event of any kind was the first token.) Times in ms from our t0, over requests that went
-- well.
DROP VIEW IF EXISTS as_evalscope;
CREATE VIEW as_evalscope AS
SELECT
  r.run AS run,
  r.id AS request,
  CAST(r.name AS TEXT) AS backend,
  CAST(r.ttft_ns / 1e6 AS DOUBLE) AS ttft_ms,
  CAST(r.e2e_ns / 1e6 AS DOUBLE) AS e2e_ms,
  CAST(CASE WHEN r.streamed = 1 AND r.output_tokens >= 2
    THEN nullif(r.e2e_ns - r.ttft_ns, 0) / 1e6 / (r.output_tokens - 1) END AS DOUBLE) AS tpot_ms
FROM (
  SELECT request.*, backend.name,
    CASE WHEN request.streamed = 1
      THEN coalesce(request.t_first_token, request.t_first_event) - request.t_start END AS ttft_ns,
    CASE WHEN request.streamed = 1
      THEN coalesce(request.t_usage, request.t_finish, request.t_last_token)
      ELSE request.t_end END - request.t_start AS e2e_ns
  FROM request
  LEFT JOIN backend ON backend.run = request.run AND backend.number = request.backend
  WHERE request.outcome = 'ok' AND request.call IN ('chat', 'complete')
) AS r;
