-- The script's own checks of answers: passed is 1 or 0.
DROP VIEW IF EXISTS checks;
CREATE VIEW checks AS
SELECT
  c.run AS run,
  request.id AS request,
  CAST(c.name AS TEXT) AS name,
  CAST(c.passed AS INTEGER) AS passed
FROM "check" AS c
LEFT JOIN request ON request.run = c.run AND request.seq = c.seq;
