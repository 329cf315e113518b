-- Of whom, under which label and in which phase of run ?1 is a promise judged?
SELECT backend, label, phase
FROM request_metrics
WHERE run = ?1 AND phase_kind = 'measure' AND backend IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY min(seq);
