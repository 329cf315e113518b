-- The script's own number: ?2 request seq or NULL ?3 t_ns ?4 label ?5 name ?6 value ?7 unit
INSERT INTO metric (run, seq, t_ns, label, name, value, unit) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
