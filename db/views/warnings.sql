-- What may spoil the numbers of a run.
DROP VIEW IF EXISTS warnings;
CREATE VIEW warnings AS
SELECT
  warning.run AS run,
  CAST(backend.name AS TEXT) AS backend,
  request.id AS request,
  CAST(warning.code AS TEXT) AS code,
  CAST(warning.text AS TEXT) AS text
FROM warning
LEFT JOIN backend ON backend.run = warning.run AND backend.number = warning.backend
LEFT JOIN request ON request.run = warning.run AND request.seq = warning.seq;
