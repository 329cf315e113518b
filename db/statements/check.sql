-- The script's own check: ?2 request seq or NULL ?3 name ?4 passed
INSERT INTO "check" (run, seq, name, passed) VALUES (?1, ?2, ?3, ?4);
