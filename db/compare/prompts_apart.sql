-- How many prompts did backend ?2 of run ?1 and backend ?4 of run ?3 answer, and how many both?
WITH base AS (
  SELECT DISTINCT prompt FROM request_metrics
  WHERE run = ?1 AND backend = ?2 AND phase_kind = 'measure' AND outcome = 'ok' AND prompt IS NOT NULL
),
other AS (
  SELECT DISTINCT prompt FROM request_metrics
  WHERE run = ?3 AND backend = ?4 AND phase_kind = 'measure' AND outcome = 'ok' AND prompt IS NOT NULL
)
SELECT (SELECT count(*) FROM base) AS base, (SELECT count(*) FROM other) AS new,
  (SELECT count(*) FROM base JOIN other USING (prompt)) AS both;
