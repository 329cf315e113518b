-- What is kept of run ?1 beside what the view `runs` shows?
SELECT id AS run, status, imported, scenario, summary, script, expect, workers
FROM run
WHERE id = ?1;
