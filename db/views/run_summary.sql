-- The statistics of each run, made from all its rows when it ended. n values, missing: requests
-- that went well without one. Percentiles by linear interpolation, stddev with n - 1.
DROP VIEW IF EXISTS run_summary;
CREATE VIEW run_summary AS
SELECT
  summary.run AS run,
  CAST(backend.name AS TEXT) AS backend,
  CAST(summary.call AS TEXT) AS call,
  CAST(summary.label AS TEXT) AS label,
  CAST(summary.phase AS INTEGER) AS phase,
  CAST(summary.metric AS TEXT) AS metric,
  CAST(summary.unit AS TEXT) AS unit,
  CAST(summary.n AS INTEGER) AS n,
  CAST(summary.missing AS INTEGER) AS missing,
  CAST(summary.mean AS DOUBLE) AS mean,
  CAST(summary.stddev AS DOUBLE) AS stddev,
  CAST(summary.min AS DOUBLE) AS min,
  CAST(summary.p50 AS DOUBLE) AS p50,
  CAST(summary.p90 AS DOUBLE) AS p90,
  CAST(summary.p95 AS DOUBLE) AS p95,
  CAST(summary.p99 AS DOUBLE) AS p99,
  CAST(summary.max AS DOUBLE) AS max
FROM summary
LEFT JOIN backend ON backend.run = summary.run AND backend.number = summary.backend;
