-- Which runs are not known to have ended?
SELECT id, pid, pid_start, boot FROM run WHERE status = 'running' ORDER BY id;
