-- What did the script itself measure in run ?1?
SELECT * FROM measurements WHERE run = ?1;
