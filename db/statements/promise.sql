-- A promise judged: ?2 phase ?3 backend ?4 label ?5 sentence ?6 value ?7 kept ?8 verdict
INSERT INTO main.promise (run, phase, backend, label, sentence, value, kept, verdict)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
