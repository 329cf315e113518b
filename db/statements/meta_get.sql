-- What is kept under ?1?
SELECT value FROM meta WHERE key = ?1;
