-- A metric of a server that was measured against itself: ?1 machine ?2 at_ns ?3 backend ?4 metric
-- ?5 rounds ?6 floor
INSERT INTO noise_floor (machine, at_ns, backend, metric, rounds, floor)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);
