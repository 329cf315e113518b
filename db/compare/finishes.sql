-- Why did the answers of backend ?2 in run ?1 end? The commonest reason first.
SELECT call, label, phase, coalesce(finish_reason, 'not said') AS reason, count(*) AS n
FROM request_metrics
WHERE run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND outcome = 'ok'
  AND call IN ('chat', 'complete')
GROUP BY call, label, phase, reason
ORDER BY n DESC, reason;
