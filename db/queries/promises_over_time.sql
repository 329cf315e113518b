-- Which promises were kept, run after run, and of which requests (load, label) was each?
SELECT p.run, r.started_at, r.scenario, p.backend, phases.label AS load, p.label, p.sentence,
  round(p.value, 3) AS value,
  CASE p.kept WHEN 1 THEN 'kept' WHEN 0 THEN 'broken' ELSE 'not judged' END AS verdict
FROM promises AS p
JOIN runs AS r ON r.run = p.run
LEFT JOIN phases ON phases.run = p.run AND phases.phase = p.phase
ORDER BY p.run DESC, p.sentence, p.backend, p.phase, p.label;
