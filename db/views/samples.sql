-- Telemetry beside the run; t_ms from its start.
DROP VIEW IF EXISTS samples;
CREATE VIEW samples AS
SELECT
  run AS run,
  CAST(t_ns / 1e6 AS DOUBLE) AS t_ms,
  CAST(source AS TEXT) AS source,
  CAST(name AS TEXT) AS name,
  CAST(value AS DOUBLE) AS value,
  CAST(unit AS TEXT) AS unit
FROM sample;
