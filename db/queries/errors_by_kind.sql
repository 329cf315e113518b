-- What went wrong in the last run, how often, and in the server's own words?
SELECT backend, call, outcome, error_kind, http_status,
  count(*) AS requests,
  min(seq) AS first_seq,
  min(error_message) AS example
FROM request_metrics
WHERE run = coalesce(?1, (SELECT max(run) FROM runs))
  AND outcome NOT IN ('ok', 'cancelled')
GROUP BY backend, call, outcome, error_kind, http_status
ORDER BY requests DESC, first_seq;
