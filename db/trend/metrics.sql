-- Which metrics have the runs of scenario ?1, and which was the last run that had each?
SELECT metric, max(s.run) AS last
FROM runs
CROSS JOIN run_summary AS s ON s.run = runs.run
WHERE runs.scenario = ?1 AND s.n IS NOT 0
GROUP BY metric
ORDER BY metric;
