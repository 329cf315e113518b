-- Which run of the scenario of run ?1 came to its end before it, and reached somebody where it asked anybody? Not the
-- last such one but that ?2 before it.
SELECT run
FROM runs
WHERE run < ?1 AND status = 'done' AND (ok IS NOT 0 OR requests = 0)
  AND scenario = (SELECT scenario FROM runs WHERE run = ?1)
ORDER BY run DESC
LIMIT 1 OFFSET ?2;
