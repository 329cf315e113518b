-- What was noted of run ?1?
SELECT key, value FROM notes WHERE run = ?1;
