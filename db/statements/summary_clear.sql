-- Forget the summary of run ?1.
DELETE FROM summary WHERE run = ?1;
