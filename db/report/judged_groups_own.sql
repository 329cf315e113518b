-- Of whom, under which label and in which phase of run ?1 is there a measured value of the script's own metric ?2?
SELECT r.backend, coalesce(m.label, r.label) AS label, r.phase
FROM measurements AS m
LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = m.request
WHERE m.run = ?1 AND m.name = ?2 AND m.value IS NOT NULL AND coalesce(r.phase_kind, 'measure') = 'measure'
  AND r.cold_start IS NOT 1
GROUP BY 1, 2, 3
ORDER BY min(r.seq);
