-- What a script expected and whether it came true: kept is 1, 0, or null where nothing could be
-- judged.
DROP VIEW IF EXISTS promises;
CREATE VIEW promises AS
SELECT
  promise.run AS run,
  CAST(promise.phase AS INTEGER) AS phase,
  CAST(backend.name AS TEXT) AS backend,
  CAST(promise.label AS TEXT) AS label,
  CAST(promise.sentence AS TEXT) AS sentence,
  CAST(promise.value AS DOUBLE) AS value,
  CAST(promise.kept AS INTEGER) AS kept
FROM promise
LEFT JOIN backend ON backend.run = promise.run AND backend.number = promise.backend;
