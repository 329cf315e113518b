-- What does the view `runs` show of run ?1?
SELECT * FROM runs WHERE run = ?1;
