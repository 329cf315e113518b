-- A metric that the script declares: ?2 name ?3 unit ?4 better (lower, higher, neither) ?5 definition
INSERT INTO own_metric (run, name, unit, better, definition) VALUES (?1, ?2, ?3, ?4, ?5);
