-- A warning: ?2 backend or NULL ?3 request seq or NULL ?4 code ?5 text
INSERT INTO main.warning (run, backend, seq, code, text) VALUES (?1, ?2, ?3, ?4, ?5);
