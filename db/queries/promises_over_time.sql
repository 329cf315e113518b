-- Which promises were kept, run after run?
SELECT p.run, r.started_at, r.scenario, r.label, p.backend, p.sentence, round(p.value, 3) AS value,
  CASE p.kept WHEN 1 THEN 'kept' WHEN 0 THEN 'broken' ELSE 'not judged' END AS verdict
FROM promises AS p
JOIN runs AS r ON r.run = p.run
ORDER BY p.run DESC, p.sentence, p.backend;
