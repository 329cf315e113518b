-- What do the numbers of run ?1 come to?
SELECT * FROM run_summary WHERE run = ?1;
