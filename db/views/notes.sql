-- Facts that a script or its user kept with a run.
DROP VIEW IF EXISTS notes;
CREATE VIEW notes AS
SELECT
  CAST(run AS INTEGER) AS run,
  CAST(key AS TEXT) AS key,
  CAST(value AS TEXT) AS value
FROM note;
