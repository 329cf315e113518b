-- How many of each check of run ?1 passed, by backend? Those of warm-ups are kept and not counted, as the promises have
-- it.
SELECT c.name, r.backend, count(*) FILTER (WHERE c.passed = 1) AS passed, count(*) AS n
FROM checks AS c
LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = c.request
WHERE c.run = ?1 AND coalesce(r.phase_kind, 'measure') = 'measure'
GROUP BY 1, 2;
