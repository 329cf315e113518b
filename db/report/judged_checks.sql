-- Which of the checks ?2 of backend ?3, label ?4, phase ?5 in run ?1 passed?
SELECT c.passed
FROM checks AS c
LEFT JOIN request_metrics AS r ON r.run = ?1 AND r.request = c.request
WHERE c.run = ?1 AND c.name = ?2 AND r.backend IS ?3 AND r.label IS ?4 AND r.phase IS ?5
  AND coalesce(r.phase_kind, 'measure') = 'measure';
