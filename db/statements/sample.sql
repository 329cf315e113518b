-- Telemetry: ?2 t_ns ?3 source ?4 name ?5 value ?6 unit
INSERT INTO sample (run, t_ns, source, name, value, unit) VALUES (?1, ?2, ?3, ?4, ?5, ?6);
