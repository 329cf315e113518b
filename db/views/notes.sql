-- Facts that a script or its user kept with a run.
DROP VIEW IF EXISTS notes;
CREATE VIEW notes AS
SELECT
  run AS run,
  CAST(key AS TEXT) AS key,
  CAST(value AS TEXT) AS value
FROM note;
