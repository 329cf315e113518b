-- The script's own numbers, each in its own unit.
DROP VIEW IF EXISTS measurements;
CREATE VIEW measurements AS
SELECT
  metric.run AS run,
  request.id AS request,
  CAST(metric.t_ns / 1e6 AS DOUBLE) AS t_ms,
  CAST(metric.label AS TEXT) AS label,
  CAST(metric.name AS TEXT) AS name,
  CAST(metric.value AS DOUBLE) AS value,
  CAST(metric.unit AS TEXT) AS unit
FROM metric
LEFT JOIN request ON request.run = metric.run AND request.seq = metric.seq;
