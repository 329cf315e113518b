-- One load of a calibration: ?1 machine ?2 at_ns ?3 streams ?4 stamps ?5 events ?6 error_p50_ns
-- ?7 error_p99_ns ?8 error_max_ns ?9 lag_p99_ns ?10 event_rate
INSERT INTO calibration (machine, at_ns, streams, stamps, events, error_p50_ns, error_p99_ns,
  error_max_ns, lag_p99_ns, event_rate)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);
