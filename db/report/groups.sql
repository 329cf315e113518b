-- Which backends were asked for answers in run ?1, by which call, under which label and in which phase? Who left waited
-- for none.
SELECT backend, call, label, phase, sum(outcome <> 'cancelled') AS requests, sum(outcome = 'ok') AS ok,
  min(seq) AS first_seq, max(seq) AS last_seq
FROM request_metrics
WHERE run = ?1 AND phase_kind = 'measure' AND backend IS NOT NULL AND call IS NOT NULL
GROUP BY backend, call, label, phase
ORDER BY first_seq;
