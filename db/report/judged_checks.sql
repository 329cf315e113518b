-- Which checks of run ?1 passed, and of whom, under which label and in which phase are they?
SELECT c.name, c.passed, r.backend, r.label, r.phase
FROM checks AS c
LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = c.request
WHERE c.run = ?1 AND coalesce(r.phase_kind, 'measure') = 'measure'
ORDER BY r.seq;
