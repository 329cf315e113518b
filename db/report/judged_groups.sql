-- Of whom, under which label and in which phase of run ?1 is a promise judged? Where every arrival was turned away, of
-- nobody: their load.
WITH measured AS (
  SELECT backend, label, phase, seq FROM request_metrics WHERE run = ?1 AND phase_kind = 'measure'
)
SELECT backend, label, phase
FROM measured
WHERE backend IS NOT NULL OR phase NOT IN (SELECT phase FROM measured WHERE backend IS NOT NULL AND phase IS NOT NULL)
GROUP BY 1, 2, 3
ORDER BY min(seq);
