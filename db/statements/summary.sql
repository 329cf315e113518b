-- One line of the summary of run ?1.
INSERT INTO summary (run, backend, call, label, phase, metric, unit, n, missing, mean, stddev, min,
  p50, p90, p95, p99, max)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17);
