-- Which warnings did which runs carry?
SELECT w.run, r.scenario, r.label, w.code, w.backend, count(*) AS times, min(w.text) AS text
FROM warnings AS w
JOIN runs AS r ON r.run = w.run
GROUP BY w.run, w.code, w.backend
ORDER BY w.run DESC, times DESC;
