-- Which runs ended without a summary (a second interrupt, a watchdog, a crash)?
SELECT id FROM run WHERE status <> 'running' AND summarised = 0 ORDER BY id;
