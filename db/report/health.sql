-- How did the loop of run ?1 go?
SELECT loop_health.*, run.workers
FROM loop_health
JOIN run ON run.id = loop_health.run
WHERE run = ?1;
