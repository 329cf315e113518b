-- Of whom, under which label and in which phase of run ?1 was a check ?2 measured?
SELECT r.backend, r.label, r.phase
FROM checks AS c
LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = c.request
WHERE c.run = ?1 AND c.name = ?2 AND coalesce(r.phase_kind, 'measure') = 'measure'
GROUP BY 1, 2, 3
ORDER BY min(r.seq);
