-- Into the loop_health of run ?1: how many requests began late by our own fault, how many arrivals
-- were turned away.
UPDATE loop_health SET (late, dropped) = (
  SELECT count(*) FILTER (WHERE flags LIKE '%late%'), count(*) FILTER (WHERE outcome = 'dropped')
  FROM request WHERE run = ?1)
WHERE run = ?1;
