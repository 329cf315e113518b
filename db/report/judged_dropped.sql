-- How many arrivals of each load of run ?1 were turned away, and were all of them, so that nobody was asked there?
SELECT phase, sum(outcome = 'dropped') AS n, sum(outcome <> 'dropped') = 0 AS were_all
FROM request
WHERE run = ?1 AND phase_kind = 'measure' AND phase IS NOT NULL
GROUP BY phase HAVING n > 0
ORDER BY phase;
