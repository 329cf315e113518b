-- The phases of each run: what was asked of the generator and what it did. Rates are per second.
DROP VIEW IF EXISTS phases;
CREATE VIEW phases AS
SELECT
  run AS run,
  number AS phase,
  CAST(label AS TEXT) AS label,
  CAST(kind AS TEXT) AS kind,
  CAST(arrivals AS TEXT) AS arrivals,
  CAST(t_started / 1e6 AS DOUBLE) AS started_ms,
  CAST((t_ended - t_started) / 1e9 AS DOUBLE) AS seconds,
  CAST(asked_rate AS DOUBLE) AS asked_rate,
  CAST(achieved_rate AS DOUBLE) AS achieved_rate,
  CAST(dropped AS INTEGER) AS dropped,
  CAST(start_lag_p99_ns / 1e6 AS DOUBLE) AS start_lag_p99_ms,
  CAST(client_cpu AS DOUBLE) AS client_cpu
FROM phase;
