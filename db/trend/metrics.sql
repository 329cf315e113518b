-- Which metrics have the runs of scenario ?1?
SELECT DISTINCT metric
FROM run_summary AS s
JOIN runs ON runs.run = s.run
WHERE runs.scenario = ?1 AND s.n IS NOT 0
ORDER BY metric;
