-- A fact to keep with run ?1: ?2 key ?3 value
INSERT INTO note (run, key, value) VALUES (?1, ?2, ?3);
